import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getLogger } from '#libs/log';
import type { AuditExportFile } from './audit-export.js';

const log = getLogger('audit');

/** Sends the file no faster than it is read. When it cannot be finished the connection breaks, so that nobody takes a part for the whole. */
export async function sendFile(
  { name, contentType, chunks }: AuditExportFile,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, {
    'Content-Type': contentType,
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
  });
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), response);
  } catch (error) {
    const isReaderGone = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isReaderGone) log.error('An export of the audit log broke off', { error });
  }
}
