import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { contextOf, DomainError, type Pipeline } from '../http/index.js';
import { ConsoleFiles, type ConsoleFile } from './console-files.js';

/** Hashed by their contents, so a name never means another file. */
const STATIC_PREFIX = '/static';
/** Where the console's own router takes over; every address of a page begins with one of these. */
const PAGE_PREFIXES = ['/', '/cloud', '/admin'];
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** The page names the hashed files: it must be asked for anew, which costs a 304. */
const REVALIDATE = 'no-cache';

/** Serves the web console on the ops listener. It holds no data: what it shows, it asks the API for, as any other caller. */
@Injectable()
export class ConsolePages {
  private readonly files = new ConsoleFiles();

  /** Takes the addresses of the console out of the pipeline; all others stay with the API. */
  register(pipeline: Pipeline): void {
    pipeline.addRawRoute(STATIC_PREFIX, async (request, response) => {
      this.send(this.files.find(request.path.slice(1)), IMMUTABLE, request, response);
    });
    for (const prefix of PAGE_PREFIXES)
      pipeline.addRawRoute(prefix, async (request, response) => {
        // `//x` begins with the prefix `/`, too, and is no page.
        const page = request.path.startsWith('//') ? undefined : this.files.find('index.html');
        this.send(page, REVALIDATE, request, response);
      });
  }

  private send(file: ConsoleFile | undefined, caching: string, request: Request, response: Response): void {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!file || !isRead || contextOf(request).listener !== 'ops')
      throw new DomainError('not-found', 'not_found', 'There is nothing at this address.');
    response.set({
      'Cache-Control': caching,
      ETag: file.entityTag,
      'Content-Type': file.type,
      Vary: 'Accept-Encoding',
    });
    if (request.fresh) {
      response.status(304).end();
      return;
    }
    const gzip = request.acceptsEncodings('gzip') === 'gzip' ? file.gzip : undefined;
    if (gzip) response.set('Content-Encoding', 'gzip');
    response.status(200).end(gzip ?? file.bytes);
  }
}
