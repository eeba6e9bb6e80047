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
