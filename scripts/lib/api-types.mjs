import { join } from 'node:path';
import { root } from './root.mjs';

/** The console's view of the API; made from the controllers, never edited. */
export const apiTypesFile = join(root, 'libs/console/src/api/schema.ts');

const heading = '// Made by `npm run docs` from the OpenAPI document of the server. Do not edit.\n\n';

/**
 * TypeScript types of everything that the API takes and answers.
 * @param {object} document the OpenAPI document
 * @returns {Promise<string>} the text of `apiTypesFile`
 */
export async function apiTypes(document) {
  const { default: openapiTS, astToString } = await import('openapi-typescript');
  const { format } = await import('prettier');
  const types = astToString(await openapiTS(document, { alphabetize: true }));
  return format(heading + types, { parser: 'typescript', singleQuote: true, printWidth: 120, trailingComma: 'all' });
}
