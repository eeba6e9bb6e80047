import { parseAddressList } from '#libs/client-address';
import { cidrText, flag, integer, list, oneOf, seconds, text, url, type Variable } from '#libs/env';
import { webhookKey } from '#libs/webhook-signature';
import { cronExpression } from './cron-expression.js';
import { rateLimitBounds, rateLimitRules, type RateLimitRuleSetting } from './rate-limit-rules.js';
import type { StateBackendName } from './state-backend.js';

const BUCKET_URL = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/(?!\.{1,2}(\/|$))[\w!.*()-]+)*$/;

const address = cidrText((entry) => {
  try {
    parseAddressList([entry]);
    return true;
  } catch {
    return false;
  }
});

const webhookSecret = Object.assign(
  (value: string): string => {
    webhookKey(value);
    return value;
  },
  { allowed: 'a secret of Standard Webhooks: whsec_ and base64' },
);

/** Without the slash at its end: buckets remember their store by this text. */
const bucketUrl = Object.assign(
  (value: string): string => {
    const trimmed = value.trim().replace(/\/+$/, '');
    if (!BUCKET_URL.test(trimmed)) throw new Error('not allowed');
    return trimmed;
  },
  { allowed: 's3://, the name of a bucket, and a prefix of letters, digits and !-_.*()/' },
);

function variable<T>(row: Variable<T>): Variable<T> {
  return row;
}

/** Every setting of the server. `docs/configuration.md` is printed from this table; nothing else reads the environment. */
export const variables = {
  host: variable({
    name: 'SIMPLETUNER_HOST',
    fallback: '127.0.0.1',
    help: 'address of the ops listener: the whole API and the console',
    parse: text,
  }),
  port: variable({
    name: 'SIMPLETUNER_PORT',
    fallback: 8080,
    help: 'port of the ops listener (0 = any free one)',
    parse: integer(0, 65_535),
  }),
  publicHost: variable({
    name: 'SIMPLETUNER_PUBLIC_HOST',
    fallback: '',
    shown: 'SIMPLETUNER_HOST',
    help: 'address of the public listener, the one a tunnel or an ingress points at',
    parse: text,
  }),
  publicPort: variable({
    name: 'SIMPLETUNER_PUBLIC_PORT',
    fallback: 8001,
    help: 'port of the public listener; 0 turns it off',
    parse: integer(0, 65_535),
  }),
  sslCert: variable({
    name: 'SIMPLETUNER_SSL_CERT',
    fallback: '',
    help: 'PEM certificate chain: the public listener speaks HTTPS; re-read when the file changes',
    parse: text,
  }),
  sslKey: variable({
    name: 'SIMPLETUNER_SSL_KEY',
    fallback: '',
    help: 'PEM private key of the certificate',
    parse: text,
  }),
  publicUrl: variable({
    name: 'SIMPLETUNER_PUBLIC_URL',
    fallback: '',
    help: 'base URL given to jobs and providers; https unless it is a loopback address',
    parse: url('http', 'https'),
  }),
  home: variable({
    name: 'SIMPLETUNER_HOME',
    fallback: '',
    shown: '~/.simpletuner',
    help: 'root of everything on disk',
    parse: text,
  }),
  databaseUrl: variable({
    name: 'SIMPLETUNER_DATABASE_URL',
    fallback: '',
    shown: 'sqlite:///{home}/config/cloud/jobs.db',
    help: 'where records live',
    parse: url('sqlite', 'postgres', 'postgresql', 'mysql', 'mariadb'),
    secret: true,
  }),
  databasePoolSize: variable({
    name: 'SIMPLETUNER_DATABASE_POOL_SIZE',
    fallback: 10,
    help: 'connections to PostgreSQL or MySQL/MariaDB per process; one more tells others that it is there',
    parse: integer(1, 500),
  }),
  autoMigrate: variable({
    name: 'SIMPLETUNER_AUTO_MIGRATE',
    fallback: true,
    help: 'apply pending migrations at start; false: refuse to start while any is pending',
    parse: flag,
  }),
  stateBackend: variable<StateBackendName>({
    name: 'STATE_BACKEND',
    fallback: '',
    shown: 'follows the database',
    help: 'where rate limits, leases and other shared short-lived state live',
    parse: oneOf('sqlite', 'redis', 'postgresql', 'postgres', 'mysql', 'mariadb'),
  }),
  stateBackendUrl: variable({
    name: 'STATE_BACKEND_URL',
    fallback: '',
    shown: 'follows the database',
    help: 'address of the state backend',
    parse: url('sqlite', 'redis', 'rediss', 'postgres', 'postgresql', 'mysql', 'mariadb'),
    secret: true,
  }),
  stateBackendPoolSize: variable({
    name: 'STATE_BACKEND_POOL_SIZE',
    fallback: 10,
    help: 'connections to the state backend per process',
    parse: integer(1, 500),
  }),
  stateBackendTimeoutMs: variable({
    name: 'STATE_BACKEND_TIMEOUT',
    fallback: 30_000,
    help: 'seconds until a call to the state backend counts as failed',
    parse: seconds(0.1, 300),
  }),
  stateBackendKeyPrefix: variable({
    name: 'STATE_BACKEND_KEY_PREFIX',
    fallback: 'st:',
    help: 'put before every key in the state backend',
    parse: text,
  }),
  rateLimitCalls: variable({
    name: 'RATE_LIMIT_CALLS',
    fallback: 100,
    help: 'requests per period and address where no other rule applies; 0 turns all rate limits off',
    parse: integer(0, rateLimitBounds.callsMax),
  }),
  rateLimitPeriodSeconds: variable({
    name: 'RATE_LIMIT_PERIOD',
    fallback: 60,
    help: 'that period, in seconds',
    parse: integer(1, rateLimitBounds.periodSecondsMax),
  }),
  rateLimitRules: variable({
    name: 'RATE_LIMIT_RULES',
    fallback: [] as readonly RateLimitRuleSetting[],
    help: 'further rate limits, asked before the built-in ones; the first that matches counts',
    parse: rateLimitRules,
  }),
  rateLimitShadow: variable({
    name: 'RATE_LIMIT_SHADOW',
    fallback: [] as readonly string[],
    help: 'names of rules (as `GET /api/cloud/rate-limits` lists them) that count and report but do not refuse',
    parse: list(text),
  }),
  secretKey: variable({
    name: 'SIMPLETUNER_SECRET_KEY',
    fallback: '',
    shown: 'generated into {home}/config/cloud/secret.key',
    help: 'master key: derives upload secrets, encrypts stored credentials; the same on every replica',
    parse: text,
    secret: true,
  }),
  secretKeyPrevious: variable({
    name: 'SIMPLETUNER_SECRET_KEY_PREVIOUS',
    fallback: [] as readonly string[],
    help: 'former master keys that still decrypt',
    parse: list(text),
    secret: true,
  }),
  replicas: variable({
    name: 'SIMPLETUNER_REPLICAS',
    fallback: 1,
    help: 'how many replicas share the database; above 1 the master key must be set',
    parse: integer(1, 1_000),
  }),
  workers: variable({
    name: 'SIMPLETUNER_WORKERS',
    fallback: 1,
    help: 'server processes of this replica; they share its addresses, and one that ends is replaced',
    parse: integer(1, 64),
  }),
  instance: variable({
    name: 'SIMPLETUNER_INSTANCE',
    fallback: '',
    shown: 'host name and port',
    help: 'how this replica is called in the metrics of its process, where there are several replicas',
    parse: text,
  }),
  metricsToken: variable({
    name: 'SIMPLETUNER_METRICS_TOKEN',
    fallback: '',
    help: 'bearer token with which a Prometheus on another machine may scrape',
    parse: text,
    secret: true,
  }),
  metricsAllowedIps: variable({
    name: 'SIMPLETUNER_METRICS_ALLOWED_IPS',
    fallback: [] as readonly string[],
    help: 'addresses and CIDR ranges that may scrape without a token',
    parse: list(address),
  }),
  trustedProxies: variable({
    name: 'SIMPLETUNER_TRUSTED_PROXIES',
    fallback: [
      '127.0.0.0/8',
      '::1/128',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '169.254.0.0/16',
      'fc00::/7',
      'fe80::/10',
    ] as readonly string[],
    shown: 'loopback and private ranges',
    help: 'proxies whose forwarding headers are believed',
    parse: list(address),
  }),
  nodeEnv: variable({
    name: 'NODE_ENV',
    fallback: '',
    help: '`production` ends the rate-limit exemption of local requests',
    parse: text,
  }),
  logLevel: variable<'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'>({
    name: 'SIMPLETUNER_LOG_LEVEL',
    fallback: 'INFO',
    help: 'least severe level that is logged',
    parse: oneOf('DEBUG', 'INFO', 'WARNING', 'ERROR'),
  }),
  logFormat: variable<'json' | 'text'>({
    name: 'SIMPLETUNER_LOG_FORMAT',
    fallback: 'json',
    help: 'log lines for machines or for people',
    parse: oneOf('json', 'text'),
  }),
  logFile: variable({
    name: 'SIMPLETUNER_LOG_FILE',
    fallback: '',
    help: 'also write the log to this file, reopened after rotation',
    parse: text,
  }),
  drainMs: variable({
    name: 'SIMPLETUNER_DRAIN_SECONDS',
    fallback: 10_000,
    help: 'seconds of serving on after SIGTERM, while load balancers learn of it',
    parse: seconds(0, 600),
  }),
  shutdownTimeoutMs: variable({
    name: 'SIMPLETUNER_SHUTDOWN_TIMEOUT',
    fallback: 120_000,
    help: 'seconds that requests in flight, uploads among them, get to finish at shutdown',
    parse: seconds(0, 3_600),
  }),
  jobPollIntervalMs: variable({
    name: 'SIMPLETUNER_JOB_POLL_INTERVAL',
    fallback: 30_000,
    help: 'seconds between two looks at every active job',
    parse: seconds(0.2, 3_600),
  }),
  processProvider: variable({
    name: 'SIMPLETUNER_PROCESS_PROVIDER',
    fallback: false,
    help: 'offer the `process` provider although the ops listener is not bound to loopback',
    parse: flag,
  }),
  httpsProxy: variable({
    name: 'HTTPS_PROXY',
    aliases: ['https_proxy'],
    fallback: '',
    help: 'proxy for calls to providers',
    parse: url('http', 'https'),
    secret: true,
  }),
  httpProxy: variable({
    name: 'HTTP_PROXY',
    aliases: ['http_proxy'],
    fallback: '',
    help: 'the same, where HTTPS_PROXY is not set',
    parse: url('http', 'https'),
    secret: true,
  }),
  noProxy: variable({
    name: 'NO_PROXY',
    aliases: ['no_proxy'],
    fallback: '',
    help: 'hosts that are reached without the proxy, separated by commas',
    parse: text,
  }),
  egressAllow: variable({
    name: 'SIMPLETUNER_EGRESS_ALLOW',
    fallback: [] as readonly string[],
    help: 'inner hosts (`.example.com` for all below it), addresses and CIDR ranges that URLs set through the API may lead to',
    parse: list(text),
  }),
  replicateBaseUrl: variable({
    name: 'REPLICATE_API_BASE_URL',
    fallback: 'https://api.replicate.com/v1',
    help: 'where the API of Replicate is',
    parse: url('http', 'https'),
  }),
  secretsAllowInsecure: variable({
    name: 'SIMPLETUNER_SECRETS_ALLOW_INSECURE',
    fallback: false,
    help: 'accept a secrets file that others on this machine can read',
    parse: flag,
  }),
  awsSecretName: variable({
    name: 'SIMPLETUNER_AWS_SECRET_NAME',
    fallback: '',
    help: 'name or ARN of a JSON secret in AWS Secrets Manager; credentials are found as everywhere at AWS',
    parse: text,
  }),
  awsRegion: variable({
    name: 'AWS_REGION',
    aliases: ['AWS_DEFAULT_REGION'],
    fallback: '',
    shown: 'that of the ARN, else of the shared configuration of AWS',
    help: 'region of that secret',
    parse: text,
  }),
  vaultAddress: variable({
    name: 'VAULT_ADDR',
    fallback: '',
    help: 'address of a HashiCorp Vault that holds secrets (VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, log in)',
    parse: url('http', 'https'),
  }),
  vaultPath: variable({
    name: 'SIMPLETUNER_VAULT_PATH',
    fallback: 'simpletuner',
    help: 'path of the secret below the mount `secret` of Vault',
    parse: text,
  }),
  vaultNamespace: variable({
    name: 'VAULT_NAMESPACE',
    fallback: '',
    help: 'namespace in Vault Enterprise',
    parse: text,
  }),
  vaultKubernetesRole: variable({
    name: 'VAULT_KUBERNETES_ROLE',
    fallback: '',
    help: 'role with which the service account of the pod logs in to Vault',
    parse: text,
  }),
  vaultKubernetesTokenPath: variable({
    name: 'VAULT_KUBERNETES_TOKEN_PATH',
    fallback: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    help: 'where the token of that service account is',
    parse: text,
  }),
  caBundle: variable({
    name: 'SIMPLETUNER_CA_BUNDLE',
    fallback: '',
    help: 'PEM file of certificate authorities that count beside those of the system',
    parse: text,
  }),
  sslVerify: variable({
    name: 'SIMPLETUNER_SSL_VERIFY',
    fallback: true,
    help: 'verify the certificates of providers; false is a security risk',
    parse: flag,
  }),
  httpTimeoutMs: variable({
    name: 'SIMPLETUNER_HTTP_TIMEOUT',
    fallback: 30_000,
    help: 'seconds until a call to a provider counts as failed',
    parse: seconds(0.1, 3_600),
  }),
  apiBodyBytesMax: variable({
    name: 'SIMPLETUNER_API_BODY_BYTES_MAX',
    fallback: 2_097_152,
    help: 'largest JSON body of an API call, in bytes',
    parse: integer(1_024, 104_857_600),
  }),
  auditRetentionDays: variable({
    name: 'SIMPLETUNER_AUDIT_RETENTION_DAYS',
    fallback: 0,
    shown: '0 (for ever)',
    help: 'days that audit rows are kept; whole segments are dropped, and the signed end of each stays',
    parse: integer(0, 36_500),
  }),
  auditForwardUrl: variable({
    name: 'SIMPLETUNER_AUDIT_FORWARD_URL',
    fallback: '',
    help: 'where every audit row is sent to by signed webhook, e.g. the collector of a SIEM',
    parse: url('http', 'https'),
    secret: true,
  }),
  auditForwardSecret: variable({
    name: 'SIMPLETUNER_AUDIT_FORWARD_SECRET',
    fallback: '',
    help: 'signs those webhooks (Standard Webhooks)',
    parse: webhookSecret,
    secret: true,
  }),
  uploadStallMs: variable({
    name: 'SIMPLETUNER_UPLOAD_STALL_SECONDS',
    fallback: 900_000,
    help: 'seconds without a byte after which an upload that was begun is told as stalled; 0 = never',
    parse: seconds(0, 86_400),
  }),
  artifactStore: variable({
    name: 'SIMPLETUNER_ARTIFACT_STORE',
    fallback: '',
    shown: '{home}/outputs',
    help: 'where the artifacts of new jobs are kept: a bucket (s3://bucket/prefix) instead of a folder, for servers that share no disk; credentials are the secrets ARTIFACT_STORE_ACCESS_KEY_ID and ARTIFACT_STORE_SECRET_ACCESS_KEY, else found as everywhere at AWS',
    parse: bucketUrl,
  }),
  artifactStoreEndpoint: variable({
    name: 'SIMPLETUNER_ARTIFACT_STORE_ENDPOINT',
    fallback: '',
    shown: 'AWS',
    help: 'the S3 service that has the bucket, when it is not AWS',
    parse: url('http', 'https'),
  }),
  artifactStoreRegion: variable({
    name: 'SIMPLETUNER_ARTIFACT_STORE_REGION',
    fallback: '',
    shown: 'AWS_REGION, else us-east-1',
    help: 'region of the bucket',
    parse: text,
  }),
  diskFloorBytes: variable({
    name: 'SIMPLETUNER_DISK_FLOOR_BYTES',
    fallback: -1,
    shown: '1 GiB, or 5 % of the volume if that is less',
    help: 'free space on the volume of the artifacts below which uploads are told to slow down',
    parse: integer(0, Number.MAX_SAFE_INTEGER),
  }),
  backupSchedule: variable({
    name: 'SIMPLETUNER_BACKUP_SCHEDULE',
    fallback: '',
    shown: 'none: backups are made on request',
    help: 'when backups of the database are made; of several replicas one makes them',
    parse: cronExpression,
  }),
  backupRetentionDays: variable({
    name: 'SIMPLETUNER_BACKUP_RETENTION_DAYS',
    fallback: 30,
    help: 'days that backups are kept; the last good one stays in any case',
    parse: integer(1, 36_500),
  }),
  backupDirectory: variable({
    name: 'SIMPLETUNER_BACKUP_DIRECTORY',
    fallback: '',
    shown: '{home}/backups',
    help: 'folder of the backups; on a volume of its own they survive that of the database',
    parse: text,
  }),
};
