import type { IncomingMessage } from 'node:http';
import type { ProofForm } from './rule.js';

/** An access key of the storage endpoint (contract §8) where AWS signatures have it. */
const CREDENTIAL = /\bCredential=STU[A-Z2-7]{29}\//;
const PRESIGNED = /[?&]X-Amz-Credential=STU[A-Z2-7]{29}(\/|%2F)/i;
/** 43 characters of base64url: an HMAC-SHA256. */
const UPLOAD_SECRET = /^[\w-]{43}$/;
const API_KEY = /^(Bearer )?st_\w{32}$/;
const SIGNATURE = /^v1,[A-Za-z0-9+/=]{44}( |$)/;
const TIMESTAMP = /^\d{1,12}$/;
const TIMESTAMP_TOLERANCE_SECONDS = 300;

/**
 * Whether a request carries something that may turn out to be a proof of its sender. Looks at the form only: costs nothing, reads no
 * body and asks nobody.
 */
export function hasProofForm(form: ProofForm, request: IncomingMessage, nowMs: number): boolean {
  return form === 'webhook' ? hasWebhookForm(request, nowMs) : hasStorageForm(request);
}

function hasWebhookForm({ method, headers }: IncomingMessage, nowMs: number): boolean {
  if (method !== 'POST') return false;
  const signature = headers['webhook-signature'];
  // The trainer's own events carry a key instead of a signature.
  if (signature === undefined) return text(headers['x-api-key']) !== '';
  const timestamp = text(headers['webhook-timestamp']);
  const isRecent =
    TIMESTAMP.test(timestamp) && Math.abs(Number(timestamp) - nowMs / 1_000) <= TIMESTAMP_TOLERANCE_SECONDS;
  return isRecent && text(headers['webhook-id']) !== '' && SIGNATURE.test(text(signature));
}

function hasStorageForm({ url = '', headers }: IncomingMessage): boolean {
  const authorization = text(headers.authorization);
  return (
    CREDENTIAL.test(authorization) ||
    PRESIGNED.test(url) ||
    UPLOAD_SECRET.test(text(headers['x-upload-token'] ?? headers['x-simpletuner-secret'])) ||
    API_KEY.test(text(headers['x-api-key'])) ||
    API_KEY.test(authorization) ||
    text(headers.cookie).includes('simpletuner_session=')
  );
}

function text(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
