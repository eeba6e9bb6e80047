import { describe, expect, it } from 'vitest';
import { en } from '../language/en';
import { emptySubmission, faultsOf, newIdempotencyKey, requestOf } from './submission';

const form = { ...emptySubmission(undefined), config: '{"a":1}' };

describe('a submission', () => {
  it('is found fault with where it is no JSON, or no variables', () => {
    expect(faultsOf(form, en)).toEqual({});
    expect(faultsOf({ ...form, config: '[1]' }, en)).toEqual({ config: en.submit.notAnObject });
    expect(faultsOf({ ...form, config: '{' }, en)).toEqual({ config: en.submit.notAnObject });
    expect(faultsOf({ ...form, dataloader: '{}' }, en)).toEqual({ dataloader: en.submit.notAList });
    expect(faultsOf({ ...form, environment: 'A=1\n2B=3' }, en)).toEqual({ environment: en.submit.notVariables });
  });

  it('leaves out what was not filled in, and keeps values with signs of equality whole', () => {
    expect(requestOf(form)).toEqual({ config: { a: 1 } });
    const filled = { ...form, hardware: 'h', name: ' n ', dataloader: '[{}]', environment: 'A=1=2\n\n_B=' };
    expect(requestOf(filled)).toEqual({
      config: { a: 1 },
      dataloader_config: [{}],
      hardware_profile: 'h',
      tracker_run_name: 'n',
      env: { A: '1=2', _B: '' },
    });
  });

  it('has a key of its own', () => {
    expect(newIdempotencyKey()).toMatch(/^console-[0-9a-f]{32}$/);
    expect(newIdempotencyKey()).not.toBe(newIdempotencyKey());
  });
});
