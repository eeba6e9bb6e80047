import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, parseConfiguration } from './configuration.mjs';
import { readEnvironment } from './environment.mjs';

describe('the settings', () => {
  it('have defaults, which null does not change, and name what is unknown', () => {
    const { configuration, unknown } = parseConfiguration('{"seed": 5, "epochs": null, "model_family": "flux"}');
    expect(configuration).toMatchObject({ seed: 5, epochs: 4, batch_size: 32, max_train_steps: null });
    expect(unknown).toEqual(['model_family']);
  });

  it.each([
    ['{"epochs": 0}', 'epochs must be a whole number from 1 to 1000'],
    ['{"batch_size": 1.5}', 'batch_size must be a whole number'],
    ['{"learning_rate": "0.1"}', 'learning_rate must be a number'],
    ['{"output_dir": ""}', 'output_dir must be a path'],
    ['[]', 'must hold a JSON object'],
    ['{', 'is not JSON'],
  ])('%s are refused: %s', (text, message) => {
    expect(() => parseConfiguration(text)).toThrow(message);
  });

  it('are usable or refused with a ConfigurationError, whatever the file holds', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .dictionary(fc.constantFrom('epochs', 'seed', 'log_every', 'output_dir', '__proto__'), fc.jsonValue())
        .map((settings) => JSON.stringify(settings)),
    );
    fc.assert(
      fc.property(text, (content) => {
        try {
          const { configuration } = parseConfiguration(content);
          expect(Number.isInteger(configuration.epochs) && configuration.epochs >= 1).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
        }
      }),
    );
  });
});

describe('the environment', () => {
  const upload = {
    SIMPLETUNER_UPLOAD_BUCKET: 'job-1',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1/api/cloud/storage',
    AWS_ACCESS_KEY_ID: 'STU',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };

  it('may be empty: the run then keeps its results to itself', () => {
    expect(readEnvironment({})).toMatchObject({ jobId: 'local', uploadTarget: null, webhook: null });
  });

  it('describes where results go', () => {
    const { uploadTarget } = readEnvironment({ ...upload, SIMPLETUNER_UPLOAD_PART_SIZE: '67108864' });
    expect(uploadTarget).toMatchObject({ bucket: 'job-1', region: 'us-east-1', largestPartBytes: 67_108_864 });
  });

  it.each([
    [{ ...upload, AWS_SECRET_ACCESS_KEY: '' }, 'AWS_SECRET_ACCESS_KEY is not set'],
    [{ ...upload, SIMPLETUNER_UPLOAD_PART_SIZE: '8MB' }, 'SIMPLETUNER_UPLOAD_PART_SIZE'],
    [{ SIMPLETUNER_WEBHOOK_URL: 'http://127.0.0.1:1/' }, 'SIMPLETUNER_WEBHOOK_SECRET is not set'],
  ])('that says only half is refused', (variables, message) => {
    expect(() => readEnvironment(variables)).toThrow(message);
  });
});
