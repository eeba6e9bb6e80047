/** How a sender under a rule may prove itself and leave the limit of its address. */
export type ProofForm = 'webhook' | 'storage';

/** So many calls per period and address, for the requests that match. */
export interface RateLimitRule {
  readonly name: string;
  readonly pattern: RegExp;
  /** Undefined: all. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly calls: number;
  readonly periodSeconds: number;
  /** What cannot be counted is refused: guessing passwords must not become free when the store is lost. */
  readonly failsClosed: boolean;
  /** Counts and reports, does not refuse. */
  readonly isShadow: boolean;
  readonly proof: ProofForm | undefined;
}

type BuiltIn = Pick<RateLimitRule, 'name' | 'pattern' | 'calls'> & {
  readonly methods?: readonly string[];
  readonly failsClosed?: true;
  readonly proof?: ProofForm;
};

const POST = ['POST'];

// The router takes upper and lower case and a closing slash alike; whoever counts must do so, too.
const builtIn: readonly BuiltIn[] = [
  { name: 'login', pattern: /^\/api\/auth\/login\/?$/i, calls: 5, methods: POST, failsClosed: true },
  { name: 'register', pattern: /^\/api\/auth\/register\/?$/i, calls: 3, methods: POST, failsClosed: true },
  { name: 'api-keys', pattern: /^\/api\/auth\/api-keys\/?$/i, calls: 10, methods: POST },
  { name: 'submit', pattern: /^\/api\/cloud\/jobs(\/submit)?\/?$/i, calls: 20, methods: POST },
  { name: 'cancel', pattern: /^\/api\/cloud\/jobs\/.+\/cancel\/?$/i, calls: 30, methods: POST },
  { name: 'webhooks', pattern: /^\/api\/webhooks(\/|$)/i, calls: 100, proof: 'webhook' },
  { name: 'storage', pattern: /^\/api\/cloud\/storage(\/|$)/i, calls: 50, proof: 'storage' },
  { name: 'quotas', pattern: /^\/api\/quotas(\/|$)/i, calls: 30 },
];
const BUILT_IN_PERIOD_SECONDS = 60;

/** The rules of contract §9, in its order. */
export const builtInRules: readonly RateLimitRule[] = builtIn.map(({ methods, failsClosed, proof, ...rule }) => ({
  ...rule,
  methods: methods && new Set(methods),
  periodSeconds: BUILT_IN_PERIOD_SECONDS,
  failsClosed: failsClosed ?? false,
  isShadow: false,
  proof,
}));

/** Whether the rule is meant for a request; HEAD is counted as the GET that it stands for. */
export function matches(rule: RateLimitRule, method: string, path: string): boolean {
  if (rule.methods && !rule.methods.has(method === 'HEAD' ? 'GET' : method)) return false;
  // Rules of operators end in `$` where the router forgives a closing slash.
  return rule.pattern.test(path) || (path.endsWith('/') && rule.pattern.test(path.slice(0, -1)));
}

const excludedPaths = new Set([
  '/health',
  '/api/events',
  '/api/events/stream',
  '/api/cloud/hints',
  '/api/users/me',
  '/api/cloud/providers',
]);
const excludedTrees = /^\/(api\/cloud\/health|static)(\/|$)/;

/** Reads that are never limited (contract §9): probes, event streams, static files, what the console asks all the time. */
export function isExcluded(method: string, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && (excludedPaths.has(path) || excludedTrees.test(path));
}
