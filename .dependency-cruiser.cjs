// Who may import whom (docs/architecture.md). Adding an edge here is a decision: give its reason, and expect the
// reviewer to ask whether an event or a port would not do.

/** Each may import libs and those before it. */
const platform = ['config', 'database', 'http', 'events', 'health', 'state', 'metrics'];

const audited = 'what it changes is recorded in the same transaction';
const authorized = 'its routes depend on who is calling';

/** Features: what each may import besides libs and the platform, always through the other's index.ts, and why. */
const edges = {
  secrets: {},
  audit: {},
  'rate-limit': { audit: 'refusals are recorded' },
  'log-level': { audit: 'changes are recorded' },
  auth: { audit: 'logins and denials are recorded' },
  providers: { secrets: 'credentials live there', audit: audited, auth: authorized },
  quotas: { audit: audited },
  approvals: { auth: 'an approver is a person with a level', audit: audited },
  queue: { quotas: 'a claim counts against the limits' },
  jobs: {
    providers: 'a job is submitted to, polled from and cancelled at its provider',
    approvals: 'a rule may hold a submit back',
    quotas: 'a submit reserves cost and places',
    queue: 'the dispatcher claims the next job there',
    audit: audited,
    auth: authorized,
  },
  webhooks: {
    providers: 'each provider signs and words its events in its own way',
    jobs: 'an event moves a job',
    secrets: 'signing secrets live there',
    'rate-limit': 'a genuine sender leaves the limit of its address',
    audit: 'refused signatures are recorded',
    auth: authorized,
  },
  storage: {
    jobs: 'a bucket belongs to a job',
    providers: 'what a job may store, and where, is set per provider',
    auth: authorized,
    audit: 'deletions are recorded',
    secrets: 'the credentials of a real bucket live there',
    'rate-limit': 'a job with valid credentials leaves the limit of its address',
  },
  backup: { audit: audited },
  notifications: { secrets: 'channel credentials live there' },
  console: {},
};

const modules = [...platform, ...Object.keys(edges)];
const among = (names) => `^src/(${names.join('|')})/`;
/** Which version this is; depends on nothing. */
const version = '^src/version\\.ts$';

const platformRules = platform.map((name, index) => ({
  name: `platform-order-${name}`,
  comment: `${name} may import libs and what comes before it: ${platform.slice(0, index).join(', ') || 'nothing'}.`,
  severity: 'error',
  from: { path: among([name]) },
  to: { path: '^src/', pathNot: [among(platform.slice(0, index + 1)), version] },
}));

const edgeRules = Object.entries(edges).map(([name, allowed]) => ({
  name: `edges-of-${name}`,
  comment: `${name} may import libs, the platform and: ${Object.keys(allowed).join(', ') || 'no other feature'}.`,
  severity: 'error',
  from: { path: among([name]) },
  to: { path: '^src/', pathNot: [among([...platform, name, ...Object.keys(allowed)]), version] },
}));

module.exports = {
  forbidden: [
    ...platformRules,
    ...edgeRules,
    {
      name: 'declared-modules',
      comment: 'Every folder of src stands in the tables above, so that its edges are decided and not grown.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: among([...modules, 'schema', 'cli']) },
      to: {},
    },
    {
      name: 'through-the-face',
      comment: 'What a module promises leaves by its index.ts; the rest may change without asking anyone.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/schema/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'app-through-the-face',
      comment: 'The files that put the house together use the same faces.',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/[^/]+/index\\.ts$', '^src/cli/'] },
    },
    {
      name: 'schema-gathers-entities',
      comment: 'The schema knows the entities of the features, by file or by face, and the database.',
      severity: 'error',
      from: { path: '^src/schema/' },
      to: { path: '^src/', pathNot: ['^src/(schema|database)/', '^src/[^/]+/index\\.ts$', '\\.entity\\.ts$'] },
    },
    {
      name: 'libs-stand-alone',
      comment: 'libs could be published: they know nothing of the product.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(src|test|bench|examples|scripts)/' },
    },
    {
      name: 'libs-through-the-face',
      comment: 'One library uses another by its index.ts.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/[^/]+/', pathNot: ['^libs/$1/', '^libs/[^/]+/index\\.ts$'] },
    },
    {
      name: 'src-through-the-libs-face',
      comment: 'src imports #libs/<name>, nothing deeper.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^libs/', pathNot: '^libs/[^/]+/index\\.ts$' },
    },
    {
      name: 'libs-know-no-framework',
      comment: 'Frameworks come and go; what libs do can be tested and used without any.',
      severity: 'error',
      from: { path: '^libs/' },
      to: {
        path: 'node_modules/(@nestjs/|@willsoto/|nestjs-pino|typeorm|class-validator|class-transformer|reflect-metadata|rxjs|express/)',
      },
    },
    {
      name: 'typeorm-stays-in-persistence',
      comment: 'All SQL passes the gate in src/database; only drivers and entities know how rows look.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(database|schema)/', '/drivers/', '\\.entity\\.ts$'] },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle has no order to read, start or test it in. Types alone may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-development-dependencies',
      comment: 'The installed product has only "dependencies".',
      severity: 'error',
      from: { path: '^(src|libs)/', pathNot: '^libs/.*contract[./]' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere breaks at run time.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Specs may look behind every face.
    exclude: { path: '\\.spec\\.ts$|^libs/console/' },
    doNotFollow: { path: 'node_modules' },
    // An import of a type is a dependency, too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
