import { SourceFault } from './source-fault.js';

/** PEM certificates of authorities that count beside those of Node; empty for none. Asked for when a connection is made. */
export type Certificates = () => Promise<string>;

/** All authorities that count, or undefined when those of Node suffice. @throws SourceFault when the certificates cannot be read. */
export async function trustedAuthorities(certificates: Certificates): Promise<string[] | undefined> {
  const more = await certificates().catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new SourceFault(`needs the CA bundle, which cannot be read (${code})`);
  });
  if (more === '') return undefined;
  const { rootCertificates } = await import('node:tls');
  return [...rootCertificates, more];
}
