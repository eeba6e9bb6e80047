import type { Request, Response } from 'express';
import type { Caller } from '../http/index.js';
import { HealthDocumentView, type HealthProbeView, type HealthReportView } from './health.dto.js';
import type { HealthReport, Verdict } from './health.service.js';

/** draft-inadarei-api-health-check */
const DOCUMENT_TYPE = 'application/health+json';

type Statusless = { readonly status: string };

/** What a caller is told of the whole server; who has not logged in learns the status and nothing else. */
export function answerReport(
  report: HealthReport,
  caller: Caller,
  request: Request,
  response: Response,
): HealthReportView | HealthDocumentView | Statusless {
  prepare(response, report.status !== 'unhealthy');
  const isForAll = caller.kind === 'anonymous';
  if (wantsDocument(request, response)) return HealthDocumentView.of(report, isForAll);
  return isForAll ? { status: report.status } : report;
}

/** What a probe is told: the guide's word, or the draft's. */
export function answerProbe(
  { passes, status, detail }: Verdict,
  request: Request,
  response: Response,
): HealthProbeView | HealthDocumentView {
  prepare(response, passes);
  if (wantsDocument(request, response)) return HealthDocumentView.ofVerdict(passes, detail);
  return { status, ...(detail !== undefined && { detail }) };
}

function prepare(response: Response, passes: boolean): void {
  response
    .status(passes ? 200 : 503)
    .setHeader('Cache-Control', 'no-store')
    .vary('Accept');
}

/** Only to those who prefer it: whoever takes anything gets the guide's form. */
function wantsDocument(request: Request, response: Response): boolean {
  if (request.accepts(['application/json', DOCUMENT_TYPE]) !== DOCUMENT_TYPE) return false;
  response.type(DOCUMENT_TYPE);
  return true;
}
