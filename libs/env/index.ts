/**
 * Settings from the environment as one typed table: each variable has a parser, a default and a help text. `readEnv` reads the
 * table once and names every fault at once; secrets may come from files and are never shown.
 */
export { cidrText, flag, integer, list, oneOf, seconds, text, url, type Parser } from './parsers.js';
export {
  EnvironmentError,
  readEnv,
  type Reading,
  type Source,
  type Variable,
  type Variables,
  type ValuesOf,
} from './read-env.js';
