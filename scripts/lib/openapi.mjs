import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The OpenAPI document of the built server, which is put together in an empty home and never listens.
 * @returns {Promise<object>}
 */
export async function readOpenApiDocument() {
  const { createServer } = await import('../../dist/src/app.js');
  const { loadConfig } = await import('../../dist/src/config/index.js');
  const { openApiDocument } = await import('../../dist/src/openapi.js');
  const home = mkdtempSync(join(tmpdir(), 'simpletuner-openapi-'));
  const server = await createServer(loadConfig({ SIMPLETUNER_HOME: home, SIMPLETUNER_LOG_LEVEL: 'ERROR' }));
  try {
    return openApiDocument(server.app);
  } finally {
    await server.app.close();
    rmSync(home, { recursive: true, force: true });
  }
}
