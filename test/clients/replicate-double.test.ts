import Replicate from 'replicate';
import { beforeAll, describe, expect, it } from 'vitest';
import { ReplicateDouble, versionsOf } from '../support/replicate-double.js';

/** The double is only worth something when the official client cannot tell it from the real thing. */
describe('the official Replicate client against the double', () => {
  let double: ReplicateDouble;
  let replicate: Replicate;
  beforeAll(async () => {
    double = await ReplicateDouble.start();
    replicate = new Replicate({ auth: ReplicateDouble.token, baseUrl: double.baseUrl });
  });

  it('knows the account, the model, its versions and the webhook secret', async () => {
    expect((await replicate.accounts.current()).username).toBe('acme');
    expect((await replicate.models.get('simpletuner', 'advanced-trainer-h100')).name).toBe('advanced-trainer-h100');
    const versions = (await replicate.models.versions.list('simpletuner', 'advanced-trainer-h100')) as unknown as {
      results: unknown[];
    };
    expect(versions.results).toHaveLength(2);
    expect((await replicate.webhooks.default.secret.get()).key).toMatch(/^whsec_/);
  });

  it('creates, waits for, lists and cancels predictions', async () => {
    const create = () =>
      replicate.predictions.create({
        version: versionsOf('l40s')[1]!.id,
        input: { config_json: '{}', s3_secret_key: 'hidden' },
        webhook: 'https://example.com/hook',
        webhook_events_filter: ['completed'],
      });
    const made = await create();
    expect(made).toMatchObject({ status: 'starting', input: { s3_secret_key: '[REDACTED]' } });
    double.update(made.id, { status: 'succeeded', output: 'done', metrics: { predict_time: 3 } });
    expect(await replicate.wait(made, { interval: 1 })).toMatchObject({ status: 'succeeded', output: 'done' });
    const other = await create();
    expect((await replicate.predictions.cancel(other.id)).status).toBe('canceled');
    for (let count = 0; count < 120; count += 1) await create();
    const ids: string[] = [];
    for await (const page of replicate.paginate(() => replicate.predictions.list()))
      ids.push(...page.map(({ id }) => id));
    expect(new Set(ids).size).toBe(122);
  });

  it('is refused with a wrong token, an unknown version and an undeclared input', async () => {
    const stranger = new Replicate({ auth: 'r8_wrong', baseUrl: double.baseUrl });
    await expect(stranger.accounts.current()).rejects.toThrow('401');
    await expect(replicate.predictions.create({ version: 'nope', input: {} })).rejects.toThrow('422');
    const version = versionsOf('l40s')[0]!.id;
    await expect(replicate.predictions.create({ version, input: { rank: 4 } })).rejects.toThrow('rank is not allowed');
  });

  it('is tried again after 429 and 5xx', async () => {
    double.faults.push({ kind: 'status', status: 429, headers: { 'Retry-After': '0' } });
    expect((await replicate.accounts.current()).username).toBe('acme');
  });

  it('hears late and slow answers out', async () => {
    double.faults.push({ kind: 'delay', durationMs: 50 }, { kind: 'drip' });
    for (let count = 0; count < 2; count += 1) expect((await replicate.accounts.current()).username).toBe('acme');
  });
});
