// Made by `npm run docs` from the OpenAPI document of the server. Do not edit.

export interface paths {
  '/api/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The audit log, newest first */
    get: operations['AuditController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/audit/checkpoints': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Signed checkpoints, newest first, and the public keys to check them with */
    get: operations['AuditController_checkpoints'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/audit/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The rows as a file: JSONL that `simpletuner-cloud audit verify` can prove, or CSV */
    get: operations['AuditController_export'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/audit/stats': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How many rows there are, in all, of the last day and by type */
    get: operations['AuditController_stats'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/audit/types': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Every type of event */
    get: operations['AuditController_types'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/audit/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Re-computes the chain, or a part of it, and names the first row that is not as it was written */
    get: operations['AuditController_verify'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/auth/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Your API keys, newest first */
    get: operations['AuthController_list'];
    put?: never;
    /** Make an API key; its text is in this answer and never again */
    post: operations['AuthController_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/auth/api-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** End an API key at once */
    delete: operations['AuthController_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/backup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Backups in the folder of backups, newest first */
    get: operations['BackupController_list'];
    put?: never;
    /** Makes a backup now and restores it to scratch to prove it; answers when that is done */
    post: operations['BackupController_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/backup/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Deletes a backup, but never the last good one */
    delete: operations['BackupController_remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/backup/{id}/restore': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Replaces all records by those of a backup; what was there before is kept as another backup */
    post: operations['BackupController_restore'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/backup/{id}/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Restores a backup to scratch and compares it with its manifest */
    post: operations['BackupController_verify'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/backup/info': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The database, the schedule and what became of the last backups */
    get: operations['BackupController_info'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/backup/prune': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Deletes backups that are older than the retention, but never the last good one */
    post: operations['BackupController_prune'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/cost-estimate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a job would cost: average time of completed runs at the price of the profile */
    get: operations['StatisticsController_estimate'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/cost-limit/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What providers have cost in their period, what jobs under way are expected to, and the limit */
    get: operations['StatisticsController_costLimits'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/hardware-options': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a provider offers, each profile at its own price */
    get: operations['StatisticsController_hardware'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/health': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** State of the server and its components; 503 when unhealthy */
    get: operations['HealthController_full'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the event loop and the workers turn; asks no dependency */
    get: operations['HealthController_live'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether traffic should come here; 503 while starting, draining or without a database */
    get: operations['HealthController_ready'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/health/startup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the start is over; asks no dependency */
    get: operations['HealthController_startup'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Jobs, newest first */
    get: operations['JobsController_list'];
    put?: never;
    /** Submit a training job; it is durable when the answer comes */
    post: operations['SubmitController_submit[1]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One job */
    get: operations['JobsController_one'];
    put?: never;
    post?: never;
    /** Delete a job that has ended */
    delete: operations['JobsController_remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/archive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The files of a job as one ZIP archive, made while it is sent */
    get: operations['FilesController_archive'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Cancel a job: final here, even when the provider refuses */
    post: operations['JobsController_cancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/files': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The files that a job has stored, in the byte order of their keys */
    get: operations['FilesController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/files/{key}/url': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** A link with which anybody can fetch the file for a while */
    post: operations['FilesController_link'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/inline-progress': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Stage, newest log line and percent, for a list that shows them */
    get: operations['LogsController_progress'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/logs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The job's log, or its end when it is long */
    get: operations['LogsController_read'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/logs/stream': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The log as server-sent events: `log` with new text, `end` when the job has ended */
    get: operations['LogsController_stream'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/manifest': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Every file with its size and digests, signed with the key of the server */
    get: operations['FilesController_manifest'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/manifest/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Re-reads every byte that a job has stored and says of each file whether it is what arrived */
    post: operations['FilesController_verify[0]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** A new job from the submission of one that has ended */
    post: operations['SubmitController_retry'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/timeline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Every event that made the job what it is, in order */
    get: operations['JobsController_timeline'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/{id}/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Re-reads every byte that a job has stored and says of each file whether it is what arrived */
    post: operations['FilesController_verify[1]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/submit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Submit a training job; it is durable when the answer comes */
    post: operations['SubmitController_submit[0]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/jobs/sync': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Look for runs at the providers: import those that are not known here, update the others */
    post: operations['SyncController_sync'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/log-level': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The level of the log, and when it returns to the configured one */
    get: operations['LogLevelController_view'];
    /** Log at another level for a while, in every process; it returns by itself */
    put: operations['LogLevelController_change'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Jobs, cost and durations of the last days, from the stored jobs */
    get: operations['StatisticsController_overview'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/apply-template/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Switch on the categories of a template, and no others */
    post: operations['MetricsController_apply[2]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/categories': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The categories and their families */
    get: operations['MetricsController_categories[0]'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/config': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What may be scraped */
    get: operations['MetricsController_read'];
    /** Change what may be scraped, on every replica; what is absent stays */
    put: operations['MetricsController_change'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/config/apply-template/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Switch on the categories of a template, and no others */
    post: operations['MetricsController_apply[3]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/config/categories': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The categories and their families */
    get: operations['MetricsController_categories[1]'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/config/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a scrape would read; changes nothing and works while disabled */
    get: operations['MetricsController_preview[1]'];
    put?: never;
    /** The same, for callers that can only POST */
    post: operations['MetricsController_previewByPost[1]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/config/templates': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Ready-made choices of categories */
    get: operations['MetricsController_templates[1]'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/config/templates/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Switch on the categories of a template, and no others */
    post: operations['MetricsController_apply[1]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What a scrape would read; changes nothing and works while disabled */
    get: operations['MetricsController_preview[0]'];
    put?: never;
    /** The same, for callers that can only POST */
    post: operations['MetricsController_previewByPost[0]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/prometheus': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The metrics for Prometheus; OpenMetrics where the Accept header prefers it */
    get: operations['ScrapeController_scrape'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/templates': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Ready-made choices of categories */
    get: operations['MetricsController_templates[0]'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/metrics/templates/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Switch on the categories of a template, and no others */
    post: operations['MetricsController_apply[0]'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/providers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The providers of training runs, what they can do and on what hardware */
    get: operations['ProvidersController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/providers/{provider}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The settings of a provider, and where each of them came from */
    get: operations['ProvidersController_read[0]'];
    /** Change settings: what is absent or null stays as it is, "" clears it */
    put: operations['ProvidersController_change[0]'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/providers/{provider}/advanced': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The settings of the Advanced Configuration */
    get: operations['ProvidersController_readAdvanced'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change settings of the Advanced Configuration */
    patch: operations['ProvidersController_changeAdvanced'];
    trace?: never;
  };
  '/api/cloud/providers/{provider}/config': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The settings of a provider, and where each of them came from */
    get: operations['ProvidersController_read[1]'];
    /** Change settings: what is absent or null stays as it is, "" clears it */
    put: operations['ProvidersController_change[1]'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/providers/{provider}/test-connection': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Try the way to the provider, with settings that need not be stored, and tell each step */
    post: operations['ProvidersController_testConnection'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/providers/{provider}/test-webhook': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Send a signed webhook through the public URL and tell which hop fails; no job is moved */
    post: operations['WebhookTestController_run'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/providers/{provider}/token': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Store the API token in the secrets file; it is never shown again */
    put: operations['ProvidersController_setToken'];
    post?: never;
    /** Remove the API token from the secrets file */
    delete: operations['ProvidersController_removeToken'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/providers/{provider}/validate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether a job could be given to the provider now */
    get: operations['ProvidersController_validate'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/rate-limits': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The rules in their order, and the callers nearest their limit */
    get: operations['RateLimitsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/secrets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Which secrets there are and where they come from; never a value */
    get: operations['SecretsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/webhooks/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Webhooks that were received, newest first */
    get: operations['WebhooksController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/webhooks/deliveries/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One delivery with its body */
    get: operations['WebhooksController_one'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/webhooks/deliveries/{id}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Process one delivery again */
    post: operations['WebhooksController_replayOne'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/webhooks/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Process every delivery that matches again, at most 10,000 at a time */
    post: operations['WebhooksController_replay'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/webhooks/statistics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What waits in the inbox, and how many webhooks were lost */
    get: operations['WebhooksController_statistics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/cloud/whoami/address': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How the server sees the address of the caller, hop by hop */
    get: operations['AddressController_address'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Live events as server-sent events; Last-Event-ID resumes */
    get: operations['EventsController_stream[1]'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/events/stream': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Live events as server-sent events; Last-Event-ID resumes */
    get: operations['EventsController_stream[0]'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/users/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who you are to the server, and what you may do */
    get: operations['AuthController_me'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    ApiKeysView: {
      api_keys: components['schemas']['ApiKeyView'][];
    };
    ApiKeyView: {
      created_at: string;
      expires_at: string | null;
      /** @description the first characters of the key */
      hint: string;
      id: string;
      last_used_at: string | null;
      name: string;
      revoked_at: string | null;
      scopes: string[];
    };
    AuditEntryView: {
      actor_id: string;
      /** @description how far the clock was behind the row before it, where that is over a minute */
      clock_set_back_ms: number | null;
      correlation_id: string | null;
      details: {
        [key: string]: unknown;
      };
      event_type: string;
      hash: string;
      ip: string | null;
      previous_hash: string;
      sequence: number;
      target_id: string | null;
      target_type: string | null;
      /** @description as the clock of the writing replica told it */
      timestamp: string;
      user_id: string | null;
    };
    AuditPageView: {
      entries: components['schemas']['AuditEntryView'][];
      has_more: boolean;
      next_cursor: string | null;
      /** @description how many rows match the filter */
      total: number;
    };
    AuditStatsView: {
      by_type: {
        [key: string]: number;
      };
      last_24h: number;
      total: number;
    };
    AuditTypesView: {
      types: string[];
    };
    AuditVerificationView: {
      checked_rows: number;
      /** @description rows whose writer had its clock over a minute behind; they are told, and are no fault */
      clock_steps: number;
      /** @description the first row that is not as it was written */
      first_bad_sequence: number | null;
      first_clock_step: number | null;
      /** @description the first segment that retention has kept */
      from_segment: number;
      from_sequence: number;
      message: string;
      /** @description the last of these rows under a signed checkpoint; 0 when the log is not valid */
      signed_through: number;
      /** @description how the row was tampered with */
      tampering: string | null;
      /** @description the last that may be, where one row cannot be named */
      through_bad_sequence: number | null;
      to_sequence: number;
      valid: boolean;
    };
    BackupInfoView: {
      /** @description where backups lie on the machine of the server */
      backup_directory: string;
      /** @enum {string} */
      database: 'sqlite' | 'postgres' | 'mysql';
      job_count: number;
      /** @description why the last attempt failed */
      last_failure: string | null;
      last_failure_at: string | null;
      /** @description over all replicas and the command line, ISO-8601 */
      last_success_at: string | null;
      /** @description when the next one is due; null without a schedule */
      next_at: string | null;
      /** @description the file, or the address without credentials */
      path: string;
      /** @description older ones are deleted, but never the last good one */
      retention_days: number;
      /** @description cron expression in UTC; null: backups are made on request only */
      schedule: string | null;
      /** @description the newest migration */
      schema_version: string;
      size_bytes: number;
      /** @description in MiB, two decimals */
      size_mb: number;
    };
    BackupListView: {
      /** @description newest first */
      backups: components['schemas']['BackupView'][];
    };
    BackupView: {
      /** @description last row of the audit log in it */
      audit_sequence: number | null;
      compressed: boolean | null;
      /** @description when it was begun, ISO-8601; without a manifest when the file was written */
      created_at: string;
      /** @enum {string|null} */
      database: 'sqlite' | 'postgres' | 'mysql' | null;
      /** @description the last time it was restored to scratch */
      drill: components['schemas']['DrillView'] | null;
      /** @description to make and to drill it */
      duration_ms: number | null;
      /** @description false for files of other programs: what follows is null then */
      has_manifest: boolean;
      /** @description its file name */
      id: string;
      job_count: number | null;
      /** @description where its file is on the machine of the server */
      path: string;
      /** @description rows of each table */
      rows: {
        [key: string]: number;
      } | null;
      /** @description its newest migration */
      schema_version: string | null;
      server_version: string | null;
      /** @description of the file, hexadecimal */
      sha256: string | null;
      /** @description of the file as it is, packed or not */
      size_bytes: number;
      /**
       * @description safety: kept by a restore of what it replaced
       * @enum {string|null}
       */
      trigger: 'manual' | 'scheduled' | 'safety' | null;
    };
    CapabilitiesView: {
      cancel: boolean;
      list: boolean;
      logs: boolean;
      webhooks: boolean;
    };
    CategoriesView: {
      categories: components['schemas']['CategoryView'][];
    };
    CategoryView: {
      description: string;
      /** @description whether it is scraped now */
      enabled: boolean;
      id: string;
      metrics: components['schemas']['FamilyView'][];
      name: string;
    };
    CheckpointPageView: {
      checkpoints: components['schemas']['CheckpointView'][];
      has_more: boolean;
      next_cursor: string | null;
      /** @description PEM, the present one first */
      public_keys: string[];
    };
    CheckpointView: {
      ends_segment: boolean;
      hash: string;
      key_id: string;
      segment: number;
      /** @description the row that the log had come to */
      sequence: number;
      /** @description Ed25519, base64 */
      signature: string;
      signed_at_ms: number;
      time_ms: number;
    };
    ComponentView: {
      latency_ms?: number;
      message: string;
      name: string;
      /** @enum {string} */
      status: 'healthy' | 'degraded' | 'unhealthy';
    };
    ConnectionStepView: {
      /** @description addresses found, or the one connected to */
      address?: string;
      detail: string;
      duration_ms: number;
      /** @enum {string} */
      name: 'dns' | 'tcp' | 'proxy_connect' | 'tls' | 'http';
      ok: boolean;
    };
    ConnectionView: {
      /** @description what to do */
      hint: string;
      ok: boolean;
      /** @description up to the first that failed */
      steps: components['schemas']['ConnectionStepView'][];
    };
    CostEstimateView: {
      average_duration_seconds: number | null;
      based_on_jobs: number;
      estimated_cost_usd: number | null;
      hardware_profile: string;
      provider: string;
      usd_per_second: number;
    };
    CostLimitsView: {
      providers: components['schemas']['CostLimitView'][];
    };
    CostLimitView: {
      /** @enum {string} */
      action: 'warn' | 'block';
      enabled: boolean;
      /** @description a further job would be blocked or warned of */
      is_exceeded: boolean;
      /** @description null: no amount is set */
      limit_usd: number | null;
      /** @description spent and reserved together */
      percent_used: number | null;
      /** @enum {string} */
      period: 'daily' | 'weekly' | 'monthly';
      /** @description periods are those of the calendar in UTC; weeks begin on Monday */
      period_start: string;
      /** @example replicate */
      provider: string;
      remaining_usd: number | null;
      /** @description expected of jobs that have not ended */
      reserved_usd: number;
      resets_at: string;
      /** @description by jobs that ended in the period */
      spent_usd: number;
    };
    CreateApiKeyBody: {
      expires_in_days?: number;
      /**
       * @description shown in lists and in the audit log
       * @example nightly
       */
      name: string;
      /** @description what the key may do; everything you may do when absent */
      scopes?: (
        | 'job.submit'
        | 'job.view.own'
        | 'job.view.all'
        | 'job.cancel.own'
        | 'job.cancel.all'
        | 'job.delete.own'
        | 'job.delete.all'
        | 'job.priority.high'
        | 'job.bypass.queue'
        | 'job.bypass.approval'
        | 'job.bypass.quota'
        | 'config.view'
        | 'queue.view'
        | 'queue.view.all'
        | 'queue.cancel.own'
        | 'queue.cancel.all'
        | 'queue.approve'
        | 'queue.manage'
        | 'quota.view'
        | 'quota.manage'
        | 'admin.users'
        | 'admin.levels'
        | 'admin.approve'
        | 'admin.config'
        | 'admin.audit'
        | 'admin.backup'
        | 'admin.metrics'
        | 'admin.secrets'
        | 'api.access'
        | 'api.keys.own'
        | 'api.keys.all'
      )[];
    };
    CreateBackupBody: {
      /**
       * @description gzip the file
       * @default false
       */
      compress: boolean;
    };
    CreatedApiKeyView: {
      created_at: string;
      expires_at: string | null;
      /** @description the first characters of the key */
      hint: string;
      id: string;
      /** @description the key itself; it is shown only now */
      key: string;
      last_used_at: string | null;
      name: string;
      revoked_at: string | null;
      scopes: string[];
    };
    DayTotalsView: {
      cost_usd: number;
      /** Format: date */
      day: string;
      jobs: number;
    };
    DeliveryDetailView: {
      attempts: number;
      /** @description the body, without the parts that may hold secrets */
      body: Record<string, never>;
      correlation_id: string;
      delivery_id: string;
      ip: string;
      job_id: string | null;
      /** @description what processing did, or why the last try failed */
      outcome: string | null;
      processed_at: string | null;
      provider: string;
      received_at: string;
      /** @enum {string} */
      state: 'pending' | 'processed' | 'dead';
      webhook_id: string;
    };
    DeliveryFilterBody: {
      job_id?: string;
      provider?: string;
      /** @enum {string} */
      state?: 'pending' | 'processed' | 'dead';
      webhook_id?: string;
    };
    DeliveryPageView: {
      deliveries: components['schemas']['DeliveryView'][];
      next_cursor: string | null;
    };
    DeliveryView: {
      attempts: number;
      correlation_id: string;
      delivery_id: string;
      ip: string;
      job_id: string | null;
      /** @description what processing did, or why the last try failed */
      outcome: string | null;
      processed_at: string | null;
      provider: string;
      received_at: string;
      /** @enum {string} */
      state: 'pending' | 'processed' | 'dead';
      webhook_id: string;
    };
    DrillView: {
      /** @description when it was restored to scratch, ISO-8601 */
      at: string;
      /** @description how long that took */
      duration_ms: number;
      /** @description what was damaged, or why it was not drilled */
      reason: string | null;
      /** @enum {string} */
      status: 'passed' | 'failed' | 'not drilled';
    };
    FamilyView: {
      help: string;
      name: string;
      /** @enum {string} */
      scope: 'fleet' | 'process';
      /** @enum {string} */
      type: 'counter' | 'gauge' | 'histogram';
    };
    FilePageView: {
      files: components['schemas']['FileView'][];
      /** @description common prefixes, when a delimiter is given */
      folders: string[];
      job_id: string;
      next_cursor: string | null;
      /** @description all files of the job */
      total: number;
      /** @description and their bytes */
      total_bytes: number;
    };
    FileView: {
      content_type: string;
      etag: string;
      key: string;
      last_modified: string;
      sha256: string;
      size: number;
    };
    HardwareOptionsView: {
      hardware_options: components['schemas']['HardwareOptionView'][];
      provider: string;
    };
    HardwareOptionView: {
      id: string;
      label: string;
      usd_per_hour: number;
      usd_per_second: number;
    };
    HardwareView: {
      id: string;
      label: string;
      usd_per_second: number;
    };
    HealthProbeView: {
      /** @description why not */
      detail?: string;
      /** @description ok, ready or started; stuck, not_ready or starting */
      status: string;
    };
    HealthReportView: {
      components: components['schemas']['ComponentView'][];
      /** @enum {string} */
      status: 'healthy' | 'degraded' | 'unhealthy';
      /** Format: date-time */
      timestamp: string;
      uptime_seconds: number;
      version: string;
    };
    InlineProgressView: {
      job_id: string;
      last_log: string | null;
      progress: number | null;
      stage: string;
    };
    JobChangedView: {
      job_id: string;
      /** @enum {string} */
      status?: 'pending' | 'uploading' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
      success: boolean;
    };
    JobDescription: {
      /** Format: date-time */
      completed_at: string | null;
      config_name: string | null;
      cost_usd: number | null;
      /** Format: date-time */
      created_at: string;
      duration_seconds: number | null;
      error_message: string | null;
      estimated_cost_usd: number | null;
      hardware_type: string | null;
      is_active: boolean;
      is_terminal: boolean;
      /** Format: uuid */
      job_id: string;
      /** @enum {string} */
      job_type: 'cloud' | 'local';
      metadata: {
        [key: string]: unknown;
      };
      output_url: string | null;
      progress: components['schemas']['ProgressView'] | null;
      provider: string;
      provider_job_id: string | null;
      queue_position: number | null;
      /** Format: date-time */
      queued_at: string | null;
      requires_approval: boolean;
      /** Format: date-time */
      started_at: string | null;
      /** @enum {string} */
      status: 'pending' | 'uploading' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
      tracker_run_name: string | null;
      upload_progress: components['schemas']['UploadProgressView'] | null;
      user_id: string;
    };
    JobList: {
      jobs: components['schemas']['JobDescription'][];
      next_cursor: string | null;
      /** @description how many jobs there are in all, not only on this page */
      total: number;
    };
    JobLogView: {
      job_id: string;
      logs: string;
    };
    JobsOverviewView: {
      average_duration_seconds: number | null;
      jobs_by_status: {
        [key: string]: number;
      };
      per_day: components['schemas']['DayTotalsView'][];
      period_days: number;
      total_cost_usd: number;
      total_jobs: number;
    };
    KeyUsageView: {
      count: number;
      /** @description rule and address, or budget and its owner */
      key: string;
      limit: number;
      remaining: number;
      reset_in_seconds: number;
    };
    LinkBody: {
      /**
       * @description browsers save the file even if they could show it
       * @default true
       */
      attachment: boolean;
      /** @default 3600 */
      expires_in_seconds: number;
    };
    LinkView: {
      expires_at: string;
      url: string;
    };
    LogLevelBody: {
      /** @enum {string} */
      level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
      /**
       * @description then it returns by itself
       * @default 15
       */
      minutes: number;
    };
    LogLevelView: {
      /**
       * @description that of SIMPLETUNER_LOG_LEVEL, to which it returns
       * @enum {string}
       */
      default_level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
      /** @description when it returns; null: it stays */
      expires_at: string | null;
      /**
       * @description the least severe level that is logged now
       * @enum {string}
       */
      level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
    };
    LostWebhooksView: {
      last_lost_at: string | null;
      /** @description ends of runs learned by asking: their webhook was lost, or is late; never goes down */
      lost: number;
      provider: string;
    };
    MetricsSettingsBody: {
      prometheus_categories?: (
        'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
      )[];
      prometheus_enabled?: boolean;
    };
    MetricsSettingsView: {
      /** @description where it is scraped */
      endpoint: string;
      prometheus_categories: (
        'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
      )[];
      prometheus_enabled: boolean;
      /** @description null until somebody has changed them */
      updated_at: string | null;
    };
    MeView: {
      actor: string;
      /** @enum {string} */
      kind: 'local' | 'user' | 'api_key';
      permissions: string[];
      user_id: string | null;
    };
    OneJobView: {
      job: components['schemas']['JobDescription'];
    };
    PreviewView: {
      bytes: number;
      categories_used: (
        'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
      )[];
      content: string;
      /** @description families */
      metric_count: number;
      series_count: number;
    };
    ProgressView: {
      current: number | null;
      message: string | null;
      percent: number | null;
      stage: string;
      total: number | null;
    };
    ProviderSettingsView: {
      /** @description certificates of the provider are not verified: show it where everybody sees it */
      banner: boolean;
      /** @example process */
      provider: string;
      /** @description every setting with the value that counts */
      settings: {
        [key: string]: unknown;
      };
      /** @description where each value came from */
      sources: {
        [key: string]: 'environment' | 'stored' | 'default';
      };
      /** @description when verification comes back by itself */
      ssl_verify_expires_at: string | null;
      updated_at: string | null;
      /** @description the number in the ETag */
      version: number;
    };
    ProvidersView: {
      providers: components['schemas']['ProviderView'][];
    };
    ProviderView: {
      capabilities: components['schemas']['CapabilitiesView'];
      hardware: components['schemas']['HardwareView'][];
      /** @description whether it has been told what it cannot work without */
      is_configured: boolean;
      /** @example process */
      name: string;
    };
    PruneView: {
      /** @description ids */
      deleted: string[];
    };
    RateLimitRuleView: {
      calls: number;
      /** @description null: all */
      methods: string[] | null;
      /** @enum {string} */
      mode: 'enforce' | 'shadow';
      name: string;
      /** @description a regular expression over the path */
      pattern: string;
      period_seconds: number;
      /** @description of this process, since it started */
      totals: components['schemas']['RuleTotalsView'];
    };
    RateLimitStoreView: {
      backend: string;
      /** @description requests that this process counted for itself since it started */
      fallback_requests: number;
      is_available: boolean;
    };
    RateLimitsView: {
      enabled: boolean;
      /** @description in all processes, nearest first; empty while the store is away */
      keys: components['schemas']['KeyUsageView'][];
      /** @description in the order in which they are asked */
      rules: components['schemas']['RateLimitRuleView'][];
      store: components['schemas']['RateLimitStoreView'];
    };
    ReplayedView: {
      /** @description how many deliveries are processed again */
      replayed: number;
    };
    RestorationView: {
      backup: components['schemas']['BackupView'];
      /** @description from the request to the restored records */
      duration_ms: number;
      /** @description those that the backup lacked */
      migrations_applied: string[];
      /** @description what was there before */
      safety_copy: components['schemas']['BackupView'] | null;
    };
    RuleTotalsView: {
      allowed: number;
      refused: number;
      /** @description would have been refused, had the rule not been in shadow */
      shadowed: number;
    };
    SecretSourceView: {
      message: string;
      /** @enum {string} */
      name: 'env' | 'file' | 'aws' | 'vault';
      /** @enum {string} */
      status: 'ok' | 'failing' | 'unread';
    };
    SecretsView: {
      secrets: components['schemas']['SecretView'][];
      /** @description in the order in which they are asked */
      sources: components['schemas']['SecretSourceView'][];
    };
    SecretView: {
      /** @description since the value was last read from its source */
      age_seconds: number | null;
      /** @description equal for equal values of this installation; keyed, so that values cannot be searched for */
      fingerprint: string | null;
      name: string;
      /** @description sources with a value that does not count */
      shadowed: ('env' | 'file' | 'aws' | 'vault')[];
      /**
       * @description where the value comes from; null: no source has one
       * @enum {string|null}
       */
      source: 'env' | 'file' | 'aws' | 'vault' | null;
    };
    SubmitAnswer: {
      cost_limit_warning: string | null;
      /** @description the idempotency key was known: this is the job that it made */
      idempotent_hit: boolean;
      job_id: string;
      quota_warnings: string[];
      requires_approval: boolean;
      /** @enum {string} */
      status: 'pending' | 'uploading' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
      success: boolean;
    };
    SubmitBody: {
      /** @description the trainer configuration */
      config?: {
        [key: string]: unknown;
      };
      /** @description a label; without `config`, the name of a configuration on the server */
      config_name?: string;
      dataloader_config?: {
        [key: string]: unknown;
      }[];
      env?: {
        [key: string]: string;
      };
      hardware_profile?: string;
      /** @description or the header Idempotency-Key */
      idempotency_key?: string;
      /** @description may be left out when one provider alone is ready */
      provider?: string;
      tracker_run_name?: string;
      /** @description where the job reports to instead of this server */
      webhook_url?: string;
    };
    SyncAnswer: {
      message: string;
      /** @description jobs made of runs that were not known here */
      synced: number;
      /** @description known jobs that have changed */
      updated: number;
    };
    SyncWish: {
      /**
       * @description import runs of any model, not only of our trainers
       * @default false
       */
      all: boolean;
      /** @description look at this provider alone */
      provider?: string;
    };
    TemplatesView: {
      templates: components['schemas']['TemplateView'][];
    };
    TemplateView: {
      categories: (
        'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
      )[];
      description: string;
      id: string;
      name: string;
    };
    TimelineEntryView: {
      /** Format: date-time */
      at: string;
      evidence_ids: string[];
      /** @enum {string|null} */
      from: 'pending' | 'uploading' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | null;
      note: string | null;
      /** @enum {string} */
      source: 'webhook' | 'poll' | 'upload' | 'user' | 'dispatcher' | 'timeout';
      /** @enum {string} */
      to: 'pending' | 'uploading' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
    };
    TimelineView: {
      job_id: string;
      next_cursor: string | null;
      timeline: components['schemas']['TimelineEntryView'][];
    };
    TokenBody: {
      /** @description the API token */
      token: string;
    };
    TokenView: {
      /** @description whether any source has a token */
      is_set: boolean;
      /** @description what counts now */
      message: string;
      provider: string;
      /** @example REPLICATE_API_TOKEN */
      secret: string;
      /** @description sources with a token that does not count */
      shadowed: string[];
      /** @description the source whose token counts */
      source: string | null;
      /** @description the number in the ETag */
      version: number;
    };
    UploadProgressView: {
      bytes_in_flight: number;
      bytes_received: number;
      current: number;
      current_file: string | null;
      done: boolean;
      error: string | null;
      files_received: number;
      /** Format: date-time */
      last_upload_at: string | null;
      message: string;
      percent: number | null;
      rate_bytes_per_second: number;
      /** @enum {string} */
      stage: 'waiting' | 'receiving' | 'stalled' | 'done';
      /** Format: date-time */
      stalled_since: string | null;
      total: number | null;
      /** Format: date-time */
      updated_at: string;
    };
    ValidationView: {
      /** @description what is right, or what to do */
      message: string;
      provider: string;
      valid: boolean;
    };
    VerificationView: {
      backup: components['schemas']['BackupView'];
      drill: components['schemas']['DrillView'];
      /** @description always true: a damaged backup is answered with backup_damaged */
      ok: boolean;
    };
    WebhookStatisticsView: {
      /** @description deliveries given up; they can be replayed */
      dead: number;
      oldest_pending_at: string | null;
      /** @description deliveries that wait to be processed */
      pending: number;
      /** @description of the whole fleet, since its beginning */
      providers: components['schemas']['LostWebhooksView'][];
    };
    WebhookTestStepView: {
      /** @description what was seen */
      detail: string;
      duration_ms: number;
      /** @enum {string} */
      name:
        | 'public_url'
        | 'secret'
        | 'dns'
        | 'tcp'
        | 'proxy_connect'
        | 'tls'
        | 'http'
        | 'server'
        | 'path'
        | 'allow_list'
        | 'signature'
        | 'inbox'
        | 'processing';
      ok: boolean;
    };
    WebhookTestView: {
      /** @description what to do */
      hint: string;
      ok: boolean;
      /** @description the hops, up to the first that failed */
      steps: components['schemas']['WebhookTestStepView'][];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  AuditController_list: {
    parameters: {
      query?: {
        actor_id?: string;
        cursor?: string;
        /** @description full or short name, repeatable */
        event_type?: string[];
        ip?: string;
        limit?: number;
        /** @description ISO-8601; included */
        since?: string;
        target_id?: string;
        target_type?: string;
        /** @description ISO-8601; not included */
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditPageView'];
        };
      };
    };
  };
  AuditController_checkpoints: {
    parameters: {
      query?: {
        cursor?: string;
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CheckpointPageView'];
        };
      };
    };
  };
  AuditController_export: {
    parameters: {
      query?: {
        actor_id?: string;
        /** @description full or short name, repeatable */
        event_type?: string[];
        format?: 'jsonl' | 'csv';
        /** @description sequence of the first row */
        from?: number;
        ip?: string;
        /** @description ISO-8601; included */
        since?: string;
        target_id?: string;
        target_type?: string;
        /** @description sequence of the last row, included */
        to?: number;
        /** @description ISO-8601; not included */
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  AuditController_stats: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditStatsView'];
        };
      };
    };
  };
  AuditController_types: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditTypesView'];
        };
      };
    };
  };
  AuditController_verify: {
    parameters: {
      query?: {
        /** @description sequence of the first row */
        from?: number;
        /** @description sequence of the last row, included */
        to?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditVerificationView'];
        };
      };
    };
  };
  AuthController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeysView'];
        };
      };
    };
  };
  AuthController_create: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateApiKeyBody'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedApiKeyView'];
        };
      };
    };
  };
  AuthController_revoke: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  BackupController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BackupListView'];
        };
      };
    };
  };
  BackupController_create: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateBackupBody'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BackupView'];
        };
      };
    };
  };
  BackupController_remove: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  BackupController_restore: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RestorationView'];
        };
      };
    };
  };
  BackupController_verify: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['VerificationView'];
        };
      };
    };
  };
  BackupController_info: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BackupInfoView'];
        };
      };
    };
  };
  BackupController_prune: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PruneView'];
        };
      };
    };
  };
  StatisticsController_estimate: {
    parameters: {
      query?: {
        hardware_profile?: string;
        /** @description may be left out when one provider alone is ready */
        provider?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CostEstimateView'];
        };
      };
    };
  };
  StatisticsController_costLimits: {
    parameters: {
      query?: {
        /** @description may be left out when one provider alone is ready */
        provider?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CostLimitsView'];
        };
      };
    };
  };
  StatisticsController_hardware: {
    parameters: {
      query?: {
        /** @description may be left out when one provider alone is ready */
        provider?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HardwareOptionsView'];
        };
      };
    };
  };
  HealthController_full: {
    parameters: {
      query?: {
        /** @description also ask the providers, which takes up to 5 s */
        include_providers?: 'true' | 'false';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description callers without a login see only the status */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/health+json': components['schemas']['HealthReportView'];
          'application/json': components['schemas']['HealthReportView'];
        };
      };
    };
  };
  HealthController_live: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/health+json': components['schemas']['HealthProbeView'];
          'application/json': components['schemas']['HealthProbeView'];
        };
      };
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/health+json': components['schemas']['HealthProbeView'];
          'application/json': components['schemas']['HealthProbeView'];
        };
      };
    };
  };
  HealthController_ready: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/health+json': components['schemas']['HealthProbeView'];
          'application/json': components['schemas']['HealthProbeView'];
        };
      };
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/health+json': components['schemas']['HealthProbeView'];
          'application/json': components['schemas']['HealthProbeView'];
        };
      };
    };
  };
  HealthController_startup: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/health+json': components['schemas']['HealthProbeView'];
          'application/json': components['schemas']['HealthProbeView'];
        };
      };
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/health+json': components['schemas']['HealthProbeView'];
          'application/json': components['schemas']['HealthProbeView'];
        };
      };
    };
  };
  JobsController_list: {
    parameters: {
      query?: {
        created_after?: string;
        created_before?: string;
        /** @description `next_cursor` of the page before */
        cursor?: string;
        job_type?: 'cloud' | 'local';
        limit?: number;
        offset?: number;
        provider?: string;
        /** @description part of an id or of a name, in any case */
        q?: string;
        status?: ('pending' | 'uploading' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled')[];
        /** @description ask the providers for the state of active jobs first */
        sync_active?: boolean;
        user?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobList'];
        };
      };
    };
  };
  'SubmitController_submit[1]': {
    parameters: {
      query?: {
        /** @description may be left out when one provider alone is ready */
        provider?: string;
      };
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SubmitBody'];
      };
    };
    responses: {
      /** @description the idempotency key was known */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SubmitAnswer'];
        };
      };
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SubmitAnswer'];
        };
      };
    };
  };
  JobsController_one: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OneJobView'];
        };
      };
    };
  };
  JobsController_remove: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobChangedView'];
        };
      };
    };
  };
  FilesController_archive: {
    parameters: {
      query?: {
        /** @description only files whose keys begin with it */
        prefix?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  JobsController_cancel: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobChangedView'];
        };
      };
    };
  };
  FilesController_list: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the page before */
        cursor?: string;
        /** @description folds what goes on behind it after the prefix; `/` shows folders */
        delimiter?: string;
        limit?: number;
        /** @description only files whose keys begin with it */
        prefix?: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FilePageView'];
        };
      };
    };
  };
  FilesController_link: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
        key: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LinkBody'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LinkView'];
        };
      };
    };
  };
  LogsController_progress: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['InlineProgressView'];
        };
      };
    };
  };
  LogsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobLogView'];
        };
      };
    };
  };
  LogsController_stream: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  FilesController_manifest: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  'FilesController_verify[0]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  SubmitController_retry: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SubmitAnswer'];
        };
      };
    };
  };
  JobsController_timeline: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the page before */
        cursor?: string;
        limit?: number;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TimelineView'];
        };
      };
    };
  };
  'FilesController_verify[1]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  'SubmitController_submit[0]': {
    parameters: {
      query?: {
        /** @description may be left out when one provider alone is ready */
        provider?: string;
      };
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SubmitBody'];
      };
    };
    responses: {
      /** @description the idempotency key was known */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SubmitAnswer'];
        };
      };
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SubmitAnswer'];
        };
      };
    };
  };
  SyncController_sync: {
    parameters: {
      query?: {
        /** @description import runs of any model, not only of our trainers */
        all?: boolean;
        /** @description look at this provider alone */
        provider?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SyncWish'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SyncAnswer'];
        };
      };
    };
  };
  LogLevelController_view: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LogLevelView'];
        };
      };
    };
  };
  LogLevelController_change: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LogLevelBody'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LogLevelView'];
        };
      };
    };
  };
  StatisticsController_overview: {
    parameters: {
      query?: {
        days?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobsOverviewView'];
        };
      };
    };
  };
  'MetricsController_apply[2]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MetricsSettingsView'];
        };
      };
    };
  };
  'MetricsController_categories[0]': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CategoriesView'];
        };
      };
    };
  };
  MetricsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MetricsSettingsView'];
        };
      };
    };
  };
  MetricsController_change: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['MetricsSettingsBody'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MetricsSettingsView'];
        };
      };
    };
  };
  'MetricsController_apply[3]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MetricsSettingsView'];
        };
      };
    };
  };
  'MetricsController_categories[1]': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CategoriesView'];
        };
      };
    };
  };
  'MetricsController_preview[1]': {
    parameters: {
      query?: {
        /** @description those of the settings when absent */
        categories?: (
          'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
        )[];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PreviewView'];
        };
      };
    };
  };
  'MetricsController_previewByPost[1]': {
    parameters: {
      query?: {
        /** @description those of the settings when absent */
        categories?: (
          'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
        )[];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PreviewView'];
        };
      };
    };
  };
  'MetricsController_templates[1]': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TemplatesView'];
        };
      };
    };
  };
  'MetricsController_apply[1]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MetricsSettingsView'];
        };
      };
    };
  };
  'MetricsController_preview[0]': {
    parameters: {
      query?: {
        /** @description those of the settings when absent */
        categories?: (
          'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
        )[];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PreviewView'];
        };
      };
    };
  };
  'MetricsController_previewByPost[0]': {
    parameters: {
      query?: {
        /** @description those of the settings when absent */
        categories?: (
          'jobs' | 'http' | 'rate_limits' | 'approvals' | 'audit' | 'health' | 'circuit_breakers' | 'provider'
        )[];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PreviewView'];
        };
      };
    };
  };
  ScrapeController_scrape: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/openmetrics-text; version=1.0.0; charset=utf-8': string;
          'text/plain; version=0.0.4; charset=utf-8': string;
        };
      };
    };
  };
  'MetricsController_templates[0]': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TemplatesView'];
        };
      };
    };
  };
  'MetricsController_apply[0]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MetricsSettingsView'];
        };
      };
    };
  };
  ProvidersController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProvidersView'];
        };
      };
    };
  };
  'ProvidersController_read[0]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        provider: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderSettingsView'];
        };
      };
    };
  };
  'ProvidersController_change[0]': {
    parameters: {
      query?: never;
      header?: {
        /** @description the ETag that was read; 412 when it is outdated */
        'If-Match'?: string;
      };
      path: {
        provider: unknown;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description the trainer and its arguments; a job cannot change it
           * @default []
           */
          command?: string[] | null;
          /**
           * @description what happens to a job over the limit
           * @default warn
           */
          cost_limit_action?: string | null;
          /**
           * @description the limit, in USD
           * @default null
           */
          cost_limit_amount?: unknown;
          /**
           * @description watch what the provider costs
           * @default false
           */
          cost_limit_enabled?: boolean | null;
          /**
           * @description the period that the limit is for
           * @default monthly
           */
          cost_limit_period?: string | null;
          /**
           * @description what an hour of this machine costs, in USD
           * @default 0
           */
          cost_per_hour?: number | null;
          /**
           * @description what people are told of the hardware
           * @default null
           */
          hardware_info?: unknown;
          /**
           * @description hardware of jobs that name none
           * @default
           */
          hardware_profile?: string | null;
          /**
           * @description seconds until a call to the provider counts as failed
           * @default 30
           */
          http_timeout?: number | null;
          /**
           * @description jobs that run at a time
           * @default 1
           */
          max_concurrent?: number | null;
          /**
           * @description a job that runs longer is cancelled; null = no limit
           * @default null
           */
          max_runtime_minutes?: unknown;
          /**
           * @description HTTP proxy for calls to the provider
           * @default
           */
          proxy_url?: string | null;
          /**
           * @description jobs upload what they make to this server
           * @default true
           */
          s3_endpoint_enabled?: boolean | null;
          /**
           * @description all objects of one job together; null = bounded by the disk alone
           * @default null
           */
          s3_max_job_bytes?: unknown;
          /**
           * @description largest object
           * @default 5497558138880
           */
          s3_max_object_bytes?: number | null;
          /**
           * @description folder of the artifacts; empty = {home}/outputs
           * @default
           */
          s3_output_path?: string | null;
          /**
           * @description base URL under which jobs reach this server
           * @default
           */
          s3_public_url?: string | null;
          /**
           * @description authenticated storage requests of a job per window
           * @default 6000
           */
          s3_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          s3_rate_limit_window?: number | null;
          /**
           * @description PEM file of further certificate authorities
           * @default
           */
          ssl_ca_bundle?: string | null;
          /**
           * @description verify the certificates of the provider
           * @default true
           */
          ssl_verify?: boolean | null;
          /**
           * @description version of the trainer; empty = the newest
           * @default
           */
          version_override?: string | null;
          /**
           * @description addresses and CIDR ranges that may deliver webhooks; empty = all
           * @default []
           */
          webhook_allowed_ips?: string[] | null;
          /**
           * @description what happens to a webhook from an unlisted address
           * @default enforce
           */
          webhook_allowlist_mode?: string | null;
          /**
           * @description verified webhooks per window
           * @default 6000
           */
          webhook_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          webhook_rate_limit_window?: number | null;
          /**
           * @description refuse webhooks that are not signed
           * @default true
           */
          webhook_require_signature?: boolean | null;
          /**
           * @description where the provider reports to; its origin is the public base
           * @default
           */
          webhook_url?: string | null;
          /**
           * @description where the trainer starts; empty = the work folder of the job
           * @default
           */
          working_directory?: string | null;
        };
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderSettingsView'];
        };
      };
    };
  };
  ProvidersController_readAdvanced: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        provider: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderSettingsView'];
        };
      };
    };
  };
  ProvidersController_changeAdvanced: {
    parameters: {
      query?: never;
      header?: {
        /** @description the ETag that was read; 412 when it is outdated */
        'If-Match'?: string;
      };
      path: {
        provider: unknown;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description seconds until a call to the provider counts as failed
           * @default 30
           */
          http_timeout?: number | null;
          /**
           * @description HTTP proxy for calls to the provider
           * @default
           */
          proxy_url?: string | null;
          /**
           * @description jobs upload what they make to this server
           * @default true
           */
          s3_endpoint_enabled?: boolean | null;
          /**
           * @description all objects of one job together; null = bounded by the disk alone
           * @default null
           */
          s3_max_job_bytes?: unknown;
          /**
           * @description largest object
           * @default 5497558138880
           */
          s3_max_object_bytes?: number | null;
          /**
           * @description folder of the artifacts; empty = {home}/outputs
           * @default
           */
          s3_output_path?: string | null;
          /**
           * @description base URL under which jobs reach this server
           * @default
           */
          s3_public_url?: string | null;
          /**
           * @description authenticated storage requests of a job per window
           * @default 6000
           */
          s3_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          s3_rate_limit_window?: number | null;
          /**
           * @description PEM file of further certificate authorities
           * @default
           */
          ssl_ca_bundle?: string | null;
          /**
           * @description verify the certificates of the provider
           * @default true
           */
          ssl_verify?: boolean | null;
          /**
           * @description addresses and CIDR ranges that may deliver webhooks; empty = all
           * @default []
           */
          webhook_allowed_ips?: string[] | null;
          /**
           * @description what happens to a webhook from an unlisted address
           * @default enforce
           */
          webhook_allowlist_mode?: string | null;
          /**
           * @description verified webhooks per window
           * @default 6000
           */
          webhook_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          webhook_rate_limit_window?: number | null;
          /**
           * @description refuse webhooks that are not signed
           * @default true
           */
          webhook_require_signature?: boolean | null;
          /**
           * @description where the provider reports to; its origin is the public base
           * @default
           */
          webhook_url?: string | null;
        };
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderSettingsView'];
        };
      };
    };
  };
  'ProvidersController_read[1]': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        provider: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderSettingsView'];
        };
      };
    };
  };
  'ProvidersController_change[1]': {
    parameters: {
      query?: never;
      header?: {
        /** @description the ETag that was read; 412 when it is outdated */
        'If-Match'?: string;
      };
      path: {
        provider: unknown;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description the trainer and its arguments; a job cannot change it
           * @default []
           */
          command?: string[] | null;
          /**
           * @description what happens to a job over the limit
           * @default warn
           */
          cost_limit_action?: string | null;
          /**
           * @description the limit, in USD
           * @default null
           */
          cost_limit_amount?: unknown;
          /**
           * @description watch what the provider costs
           * @default false
           */
          cost_limit_enabled?: boolean | null;
          /**
           * @description the period that the limit is for
           * @default monthly
           */
          cost_limit_period?: string | null;
          /**
           * @description what an hour of this machine costs, in USD
           * @default 0
           */
          cost_per_hour?: number | null;
          /**
           * @description what people are told of the hardware
           * @default null
           */
          hardware_info?: unknown;
          /**
           * @description hardware of jobs that name none
           * @default
           */
          hardware_profile?: string | null;
          /**
           * @description seconds until a call to the provider counts as failed
           * @default 30
           */
          http_timeout?: number | null;
          /**
           * @description jobs that run at a time
           * @default 1
           */
          max_concurrent?: number | null;
          /**
           * @description a job that runs longer is cancelled; null = no limit
           * @default null
           */
          max_runtime_minutes?: unknown;
          /**
           * @description HTTP proxy for calls to the provider
           * @default
           */
          proxy_url?: string | null;
          /**
           * @description jobs upload what they make to this server
           * @default true
           */
          s3_endpoint_enabled?: boolean | null;
          /**
           * @description all objects of one job together; null = bounded by the disk alone
           * @default null
           */
          s3_max_job_bytes?: unknown;
          /**
           * @description largest object
           * @default 5497558138880
           */
          s3_max_object_bytes?: number | null;
          /**
           * @description folder of the artifacts; empty = {home}/outputs
           * @default
           */
          s3_output_path?: string | null;
          /**
           * @description base URL under which jobs reach this server
           * @default
           */
          s3_public_url?: string | null;
          /**
           * @description authenticated storage requests of a job per window
           * @default 6000
           */
          s3_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          s3_rate_limit_window?: number | null;
          /**
           * @description PEM file of further certificate authorities
           * @default
           */
          ssl_ca_bundle?: string | null;
          /**
           * @description verify the certificates of the provider
           * @default true
           */
          ssl_verify?: boolean | null;
          /**
           * @description version of the trainer; empty = the newest
           * @default
           */
          version_override?: string | null;
          /**
           * @description addresses and CIDR ranges that may deliver webhooks; empty = all
           * @default []
           */
          webhook_allowed_ips?: string[] | null;
          /**
           * @description what happens to a webhook from an unlisted address
           * @default enforce
           */
          webhook_allowlist_mode?: string | null;
          /**
           * @description verified webhooks per window
           * @default 6000
           */
          webhook_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          webhook_rate_limit_window?: number | null;
          /**
           * @description refuse webhooks that are not signed
           * @default true
           */
          webhook_require_signature?: boolean | null;
          /**
           * @description where the provider reports to; its origin is the public base
           * @default
           */
          webhook_url?: string | null;
          /**
           * @description where the trainer starts; empty = the work folder of the job
           * @default
           */
          working_directory?: string | null;
        };
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderSettingsView'];
        };
      };
    };
  };
  ProvidersController_testConnection: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        provider: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          /**
           * @description the trainer and its arguments; a job cannot change it
           * @default []
           */
          command?: string[] | null;
          /**
           * @description what happens to a job over the limit
           * @default warn
           */
          cost_limit_action?: string | null;
          /**
           * @description the limit, in USD
           * @default null
           */
          cost_limit_amount?: unknown;
          /**
           * @description watch what the provider costs
           * @default false
           */
          cost_limit_enabled?: boolean | null;
          /**
           * @description the period that the limit is for
           * @default monthly
           */
          cost_limit_period?: string | null;
          /**
           * @description what an hour of this machine costs, in USD
           * @default 0
           */
          cost_per_hour?: number | null;
          /**
           * @description what people are told of the hardware
           * @default null
           */
          hardware_info?: unknown;
          /**
           * @description hardware of jobs that name none
           * @default
           */
          hardware_profile?: string | null;
          /**
           * @description seconds until a call to the provider counts as failed
           * @default 30
           */
          http_timeout?: number | null;
          /**
           * @description jobs that run at a time
           * @default 1
           */
          max_concurrent?: number | null;
          /**
           * @description a job that runs longer is cancelled; null = no limit
           * @default null
           */
          max_runtime_minutes?: unknown;
          /**
           * @description HTTP proxy for calls to the provider
           * @default
           */
          proxy_url?: string | null;
          /**
           * @description jobs upload what they make to this server
           * @default true
           */
          s3_endpoint_enabled?: boolean | null;
          /**
           * @description all objects of one job together; null = bounded by the disk alone
           * @default null
           */
          s3_max_job_bytes?: unknown;
          /**
           * @description largest object
           * @default 5497558138880
           */
          s3_max_object_bytes?: number | null;
          /**
           * @description folder of the artifacts; empty = {home}/outputs
           * @default
           */
          s3_output_path?: string | null;
          /**
           * @description base URL under which jobs reach this server
           * @default
           */
          s3_public_url?: string | null;
          /**
           * @description authenticated storage requests of a job per window
           * @default 6000
           */
          s3_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          s3_rate_limit_window?: number | null;
          /**
           * @description PEM file of further certificate authorities
           * @default
           */
          ssl_ca_bundle?: string | null;
          /**
           * @description verify the certificates of the provider
           * @default true
           */
          ssl_verify?: boolean | null;
          /**
           * @description version of the trainer; empty = the newest
           * @default
           */
          version_override?: string | null;
          /**
           * @description addresses and CIDR ranges that may deliver webhooks; empty = all
           * @default []
           */
          webhook_allowed_ips?: string[] | null;
          /**
           * @description what happens to a webhook from an unlisted address
           * @default enforce
           */
          webhook_allowlist_mode?: string | null;
          /**
           * @description verified webhooks per window
           * @default 6000
           */
          webhook_rate_limit_max?: number | null;
          /**
           * @description that window, in seconds
           * @default 60
           */
          webhook_rate_limit_window?: number | null;
          /**
           * @description refuse webhooks that are not signed
           * @default true
           */
          webhook_require_signature?: boolean | null;
          /**
           * @description where the provider reports to; its origin is the public base
           * @default
           */
          webhook_url?: string | null;
          /**
           * @description where the trainer starts; empty = the work folder of the job
           * @default
           */
          working_directory?: string | null;
        };
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConnectionView'];
        };
      };
    };
  };
  WebhookTestController_run: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        provider: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookTestView'];
        };
      };
    };
  };
  ProvidersController_setToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description the ETag that was read; 412 when it is outdated */
        'If-Match'?: string;
      };
      path: {
        provider: unknown;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['TokenBody'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenView'];
        };
      };
    };
  };
  ProvidersController_removeToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description the ETag that was read; 412 when it is outdated */
        'If-Match'?: string;
      };
      path: {
        provider: unknown;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenView'];
        };
      };
    };
  };
  ProvidersController_validate: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        provider: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ValidationView'];
        };
      };
    };
  };
  RateLimitsController_list: {
    parameters: {
      query?: {
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RateLimitsView'];
        };
      };
    };
  };
  SecretsController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SecretsView'];
        };
      };
    };
  };
  WebhooksController_list: {
    parameters: {
      query?: {
        cursor?: string;
        job_id?: string;
        limit?: number;
        provider?: string;
        state?: 'pending' | 'processed' | 'dead';
        webhook_id?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeliveryPageView'];
        };
      };
    };
  };
  WebhooksController_one: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeliveryDetailView'];
        };
      };
    };
  };
  WebhooksController_replayOne: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReplayedView'];
        };
      };
    };
  };
  WebhooksController_replay: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeliveryFilterBody'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReplayedView'];
        };
      };
    };
  };
  WebhooksController_statistics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookStatisticsView'];
        };
      };
    };
  };
  AddressController_address: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  'EventsController_stream[1]': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  'EventsController_stream[0]': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  AuthController_me: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['MeView'];
        };
      };
    };
  };
}
