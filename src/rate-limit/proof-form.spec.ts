import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateWebhookSecret, signWebhook } from '#libs/webhook-signature';
import { hasProofForm } from './proof-form.js';
import type { ProofForm } from './rule.js';

const nowMs = Date.UTC(2026, 10, 23);
const token = `STU${'A2'.repeat(14)}B`;

function has(form: ProofForm, headers: Record<string, string>, url = '/', method = 'POST'): boolean {
  return hasProofForm(form, { method, url, headers } as unknown as IncomingMessage, nowMs);
}

describe('the form of a proof', () => {
  const signed = { ...signWebhook({ id: 'a', timeMs: nowMs, body: '{}', secrets: [generateWebhookSecret()] }) };

  it('of a webhook is a recent signature, or a key', () => {
    expect(has('webhook', signed)).toBe(true);
    expect(has('webhook', { 'x-api-key': 'any' })).toBe(true);
    expect(has('webhook', signed, '/', 'GET')).toBe(false);
    expect(has('webhook', {})).toBe(false);
    expect(has('webhook', { ...signed, 'webhook-timestamp': String(nowMs / 1_000 - 301) })).toBe(false);
    expect(has('webhook', { ...signed, 'webhook-signature': 'v1,short' })).toBe(false);
    expect(has('webhook', { ...signed, 'webhook-id': '' })).toBe(false);
  });

  it('of a storage request is a credential of a job or a person', () => {
    const credential = `${token}/20261123/us-east-1/s3/aws4_request`;
    expect(has('storage', { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, Signature=x` })).toBe(true);
    expect(has('storage', {}, `/k?X-Amz-Credential=${encodeURIComponent(credential)}`)).toBe(true);
    expect(has('storage', { 'x-upload-token': 'a'.repeat(43) })).toBe(true);
    expect(has('storage', { 'x-simpletuner-secret': 'a'.repeat(43) })).toBe(true);
    expect(has('storage', { 'x-api-key': `st_${'a'.repeat(32)}` })).toBe(true);
    expect(has('storage', { authorization: `Bearer st_${'a'.repeat(32)}` })).toBe(true);
    expect(has('storage', { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20261123/x' })).toBe(false);
    expect(has('storage', { authorization: 'Basic eA==' })).toBe(false);
    expect(has('storage', { 'x-upload-token': 'short' })).toBe(false);
    expect(has('storage', {})).toBe(false);
  });

  it('is looked for without failing, whatever the headers are', () => {
    const names = [
      'webhook-id',
      'webhook-signature',
      'webhook-timestamp',
      'x-api-key',
      'authorization',
      'x-upload-token',
    ];
    const headers = fc.dictionary(fc.constantFrom(...names, 'cookie'), fc.oneof(fc.string(), fc.constant(token)));
    fc.assert(
      fc.property(fc.constantFrom('webhook' as const, 'storage' as const), headers, fc.string(), (form, given, url) => {
        expect(has(form, given, url)).toBeTypeOf('boolean');
      }),
    );
  });
});
