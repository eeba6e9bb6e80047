import { ManualClock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { Keyring } from '../../src/config/index.js';
import { SqlEvents } from '../../src/events/drivers/sql-events.js';
import { SqlJobCostRepository } from '../../src/jobs/drivers/sql-job-cost.repository.js';
import { SqlJobRepository } from '../../src/jobs/drivers/sql-job.repository.js';
import { SqlJobRunRepository } from '../../src/jobs/drivers/sql-job-run.repository.js';
import { SqlLostWebhooks } from '../../src/jobs/drivers/sql-lost-webhooks.js';
import { SqlJobUploadRepository } from '../../src/jobs/drivers/sql-job-upload.repository.js';
import { JobReports, UploadCredentials, UploadProgress } from '../../src/jobs/index.js';
import { JobCreation, JobTables, type JobOrder } from '../../src/jobs/job-creation.js';
import { JobEndings } from '../../src/jobs/job-endings.js';
import { JobNews } from '../../src/jobs/job-news.js';
import { JobWork } from '../../src/jobs/job-work.js';
import { schema } from '../../src/schema/index.js';
import { CREATED_MS } from './jobs.js';
import { RecordingAudit } from './recording-audit.js';
import { openDatabase, sqlKinds } from './sql.js';

/** The services of jobs on a new database, with a clock that stands still. */
export async function jobWorld(kind: (typeof sqlKinds)[number]) {
  const { database } = await openDatabase(kind, schema);
  const clock = new ManualClock(CREATED_MS);
  const jobs = new SqlJobRepository(database);
  const runs = new SqlJobRunRepository(database);
  const uploads = new SqlJobUploadRepository(database);
  const events = new SqlEvents(database, clock);
  const news = new JobNews(events, uploads, runs, database, clock);
  const costs = new SqlJobCostRepository(database);
  const lostWebhooks = new SqlLostWebhooks(database);
  const work = new JobWork(runs, uploads, lostWebhooks, costs, clock);
  const reports = new JobReports(database, jobs, work, news, clock);
  const audit = new RecordingAudit();
  const keyring = new Keyring('a master key for tests only, 32 characters');
  const tables = new JobTables(jobs, runs, uploads, costs, keyring);
  const creation = new JobCreation(database, tables, news, audit, clock);
  return {
    ...{
      database,
      clock,
      keyring,
      jobs,
      runs,
      uploads,
      costs,
      tables,
      lostWebhooks,
      events,
      news,
      reports,
      audit,
      creation,
    },
    endings: new JobEndings(database, jobs, reports, work, audit),
    credentials: new UploadCredentials(uploads, clock),
    progress: new UploadProgress(uploads, events, database, clock, new Lifecycle()),
  };
}

export function orderOf(changes: Partial<JobOrder> = {}): JobOrder {
  return {
    provider: 'process',
    submission: {
      config: { hub_token: 'hf_secret' }, configName: 'c', dataloaderConfig: [], hardwareProfile: null, webhookUrl: null,
      trackerRunName: null, env: { HF_TOKEN: 'hf_secret' },
    },
    userId: 'me',
    actor: { id: 'user:me', userId: 'me', address: null },
    requestId: 'request-1',
    correlationId: 'c',
    metadata: {},
    ...changes,
  }; // prettier-ignore
}
