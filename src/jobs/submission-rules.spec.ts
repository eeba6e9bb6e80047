import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../http/index.js';
import { reservedVariables } from './job-environment.js';
import { checkVariables, checkWebhookUrl } from './submission-rules.js';

describe('variables of a job', () => {
  it('are kept as they are when they are its own', () => {
    const env = { HF_TOKEN: 'hf_x', WANDB_API_KEY: 'ö', PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True', _x1: '' };
    expect(checkVariables(env)).toEqual(env);
  });

  it.each([
    ...reservedVariables,
    'PATH',
    'LD_PRELOAD',
    'ld_preload',
    'DYLD_INSERT_LIBRARIES',
    'NODE_OPTIONS',
    'PYTHONPATH',
    'BASH_ENV',
  ])('cannot be %s', (name) => {
    expect(() => checkVariables({ [name]: 'x' })).toThrow(DomainError);
  });

  it('are texts under well-formed names, or are refused in an expected way', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (env) => {
        try {
          for (const [name, value] of Object.entries(checkVariables(env))) {
            expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
            expect(value).not.toContain('\0');
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError);
        }
      }),
    );
  });

  it('are not too many and not too long', () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`V${index}`, '']));
    expect(() => checkVariables(many)).toThrow(/at most 100/);
    expect(() => checkVariables({ A: 'x'.repeat(32_769) })).toThrow(DomainError);
  });
});

describe('the address a job reports to', () => {
  it.each(['https://example.org/hook?x=1', 'http://127.0.0.1:8080/', 'http://localhost/x', 'http://[::1]:9/'])(
    'may be %s',
    (url) => {
      expect(checkWebhookUrl(url)).toBe(url);
    },
  );

  it.each([
    'http://example.org/',
    'ftp://example.org/',
    'https://user@example.org/',
    'https://example.org/#x',
    'nonsense',
    '',
  ])('may not be %s', (url) => {
    expect(() => checkWebhookUrl(url)).toThrow(DomainError);
  });

  it('is never taken or refused in an unexpected way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl()), (url) => {
        try {
          expect(new URL(checkWebhookUrl(url)).protocol).toMatch(/^https?:$/);
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError);
        }
      }),
    );
  });
});
