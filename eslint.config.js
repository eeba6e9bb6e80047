import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const source = ['src/**/*.ts', 'libs/**/*.ts'];
const tests = ['**/*.spec.ts', 'test/**/*.ts', 'libs/**/contract.ts', 'libs/**/contract/**/*.ts'];
const scripts = ['**/*.js', '**/*.mjs', '**/*.cjs'];

const environment = {
  object: 'process',
  property: 'env',
  message: 'Settings are read once, in src/config (one table).',
};
const chance = [
  { object: 'Math', property: 'random', message: 'Take ids from #libs/ids, or let the caller give the random source.' },
];
const time = 'Take a Clock from #libs/clock, so that tests move time instead of waiting for it.';
const timeProperties = [
  { object: 'Date', property: 'now', message: time },
  { object: 'performance', property: 'now', message: time },
];
const timeGlobals = ['setTimeout', 'setInterval'].map((name) => ({ name, message: time }));
const timeModules = ['node:timers', 'node:timers/promises', 'timers', 'timers/promises'];
const timeSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: time },
  { selector: "CallExpression[callee.name='Date']", message: time },
];

const node = ['process', 'console', 'Buffer', 'URL', 'URLSearchParams', 'fetch', 'performance', 'AbortSignal'];
const nodeTimers = [
  'AbortController',
  'TextDecoder',
  'TextEncoder',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.ci/', 'libs/console/src/api/schema.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // A driver that needs no waiting still keeps the promise of its port.
      '@typescript-eslint/require-await': 'off',
      // Nest modules and DTOs are classes for the sake of their decorators.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `void | Promise<void>` is what a hook returns that may be synchronous.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': 'off',
      // Warnings: over these, look for the missing concept; a table or a state machine may stay whole.
      'max-lines': ['warn', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/max-params': ['warn', { max: 5 }],
    },
  },
  {
    files: source,
    // The console lives in a browser, with the reader's own clock.
    ignores: ['libs/clock/**', 'libs/console/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', environment, ...chance, ...timeProperties],
      'no-restricted-globals': ['error', ...timeGlobals],
      'no-restricted-imports': ['error', { paths: timeModules.map((name) => ({ name, message: time })) }],
      'no-restricted-syntax': ['error', ...timeSyntax],
    },
  },
  {
    files: ['libs/console/src/**/*.tsx'],
    rules: {
      // Markup is long without being complicated.
      'max-lines-per-function': ['warn', { max: 140, skipBlankLines: true, skipComments: true }],
    },
  },
  // Tables of texts are as long as there are texts.
  { files: ['libs/console/src/language/*.ts'], rules: { 'max-lines': 'off' } },
  {
    // The entry points hand the environment to src/config.
    files: ['src/config/**/*.ts', 'src/main.ts', 'src/cli/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', ...chance, ...timeProperties] },
  },
  // Commands answer on the terminal.
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: tests,
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: scripts,
    languageOptions: {
      globals: Object.fromEntries([...node, ...nodeTimers, 'module', 'require'].map((name) => [name, 'readonly'])),
    },
    rules: { eqeqeq: 'error' },
  },
);
