import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

const setSecurityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'", 'data:', 'blob:'], connectSrc: ["'self'"],
      fontSrc: ["'self'"], objectSrc: ["'none'"], baseUri: ["'self'"], formAction: ["'self'"], frameAncestors: ["'none'"],
    },
  },
  crossOriginEmbedderPolicy: false,
}); // prettier-ignore

/** The same for every answer, so they are asked for once. */
export const securityHeaders = headersSetBy(setSecurityHeaders);

/** What a middleware of headers alone sets. */
function headersSetBy(middleware: typeof setSecurityHeaders): readonly [name: string, value: string][] {
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: (name: string) => headers.delete(name),
  };
  middleware({} as IncomingMessage, response as unknown as ServerResponse, (error?: unknown) => {
    if (error !== undefined) throw new Error('The security headers cannot be told', { cause: error });
  });
  return [...headers];
}
