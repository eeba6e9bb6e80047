import type { Clock } from '#libs/clock';
import { errorXml, S3Error } from '#libs/s3';
import { storageLimits } from '../storage.limits.js';
import { asS3Error } from './failures.js';
import type { Exchange } from './exchange.js';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/**
 * Answers with a document that may take long: from some time on the answer is begun as 200 and kept warm with blanks, as
 * S3 does, so that no one on the way gives up. What fails after that is told in the document; clients look for it there.
 */
export async function answerSlowly(exchange: Exchange, clock: Clock, work: () => Promise<string>): Promise<void> {
  const { response } = exchange;
  const pulse = clock.every(storageLimits.completionPulseMs, () => {
    if (!response.headersSent) {
      exchange.head(200, { 'Content-Type': 'application/xml' });
      response.write(DECLARATION);
    }
    response.write(' ');
  });
  try {
    const document = await work();
    if (response.headersSent) response.end(document.replace(/^<\?xml[^>]*\?>\s*/, ''));
    else exchange.xml(200, document);
  } catch (error) {
    if (!response.headersSent) throw error;
    const failure =
      asS3Error(error) ?? new S3Error('InternalError', 'We encountered an internal error. Please try again.');
    response.end(errorXml(failure, exchange.s3.rawPath, exchange.context.requestId).replace(/^<\?xml[^>]*\?>\s*/, ''));
  } finally {
    pulse.stop();
  }
}
