import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Tools {
  readonly apiTypesFile: string;
  readonly apiTypes: (document: object) => Promise<string>;
}

const tools = (await import(new URL('../../scripts/lib/api-types.mjs', import.meta.url).href)) as Tools;
const { readOpenApiDocument } = (await import(new URL('../../scripts/lib/openapi.mjs', import.meta.url).href)) as {
  readonly readOpenApiDocument: () => Promise<object>;
};

describe("the console's types of the API", () => {
  it('are those of the server (npm run build && npm run docs writes them anew)', async () => {
    const made = await tools.apiTypes(await readOpenApiDocument());
    expect(readFileSync(tools.apiTypesFile, 'utf8') === made).toBe(true);
  });
});
