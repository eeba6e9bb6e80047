import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { predictionReference, replicateJob, replicateScene, type Scene } from '../support/replicate-adapter.js';
import type { Fault } from '../support/replicate-double.js';

let scene: Scene;
beforeEach(async () => {
  scene = await replicateScene();
});

describe('Replicate in trouble', () => {
  it.each([
    [401, '{"detail":"bad token"}', 'provider_error', 'refused the API token (401): bad token.'],
    [402, '{"title":"Insufficient credit"}', 'provider_error', '(402): Insufficient credit.'],
    [422, '{"detail":"- input: x"}', 'provider_error', '(422): - input: x.'],
    [429, '{"detail":"throttled"}', 'provider_unavailable', 'slow down: throttled.'],
    [500, '<html>', 'provider_timeout', 'not known'],
    [503, '', 'provider_timeout', 'not known'],
  ])('answers a submission with %i', async (status, body, code, message) => {
    await scene.adapter.submit(replicateJob());
    scene.double.faults.push({ kind: 'status', status, body, headers: { 'Retry-After': '7' } });
    const refused = scene.adapter.submit(replicateJob());
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(message);
    expect(scene.double.predictions).toHaveLength(1);
  });

  it('is asked again where that does no harm', async () => {
    const { providerJobId } = await scene.adapter.submit(replicateJob());
    scene.double.faults.push(
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
      { kind: 'reset', afterDoing: false },
    );
    expect(await scene.adapter.status(predictionReference(providerJobId))).toMatchObject({ status: 'queued' });
    scene.double.faults.push(...Array.from({ length: 4 }, () => ({ kind: 'status', status: 500 }) as const));
    await expect(scene.adapter.status(predictionReference(providerJobId))).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    expect(scene.double.faults).toHaveLength(0);
    scene.double.faults.push({ kind: 'status', status: 429, headers: { 'Retry-After': '600' } });
    await expect(scene.adapter.status(predictionReference(providerJobId))).rejects.toMatchObject({
      extras: { headers: { 'Retry-After': '600' } },
    });
  });

  it('is heard out however slowly it speaks, and given up when it falls silent or makes no sense', async () => {
    const { providerJobId } = await scene.adapter.submit(replicateJob());
    const asked = async (...faults: Fault[]): Promise<unknown> => {
      scene.double.faults.push(...faults);
      return scene.adapter.status(predictionReference(providerJobId));
    };
    expect(await asked({ kind: 'delay', durationMs: 50 })).toMatchObject({ status: 'queued' });
    expect(await asked({ kind: 'drip' })).toMatchObject({ status: 'queued' });
    await expect(asked({ kind: 'truncate' })).rejects.toMatchObject({ code: 'provider_unavailable' });
    // Nor is it taken at its word when it says nothing of the run: the run would be taken for lost, or be started and paid again.
    for (const body of ['', 'null', '[]', '"queued"', '{"id":7}', '<html>busy</html>', '{}', '{"results":{}}']) {
      await expect(asked({ kind: 'status', status: 200, body }), body).rejects.toMatchObject({
        code: 'provider_unavailable',
      });
      scene.double.faults.push({ kind: 'status', status: 200, body });
      await expect(scene.adapter.find(newId()), body).rejects.toMatchObject({ code: 'provider_unavailable' });
    }
    scene.settings['http_timeout'] = 10;
    const stalls = Array.from({ length: 4 }, () => ({ kind: 'stall' }) as const);
    await expect(asked(...stalls)).rejects.toThrow('BODY_TIMEOUT');
    expect(await asked()).toMatchObject({ status: 'queued' });
  });

  it('is unavailable for certain when nothing could be sent', async () => {
    const gone = scene.connect({ REPLICATE_API_BASE_URL: 'http://127.0.0.1:1/v1' });
    await expect(gone.submit(replicateJob())).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: 'Replicate cannot be reached (ECONNREFUSED).',
    });
  });

  it('is never told the token at an address that is not its own', async () => {
    const asked: string[] = [];
    const stranger = createServer((request, response) => {
      asked.push(request.headers.authorization ?? '');
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const next = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/v1/predictions`;
    scene.double.faults.push({ kind: 'status', status: 200, body: JSON.stringify({ results: [], next }) });
    await expect(scene.adapter.find(newId())).rejects.toThrow('outside its own API');
    expect(asked).toEqual([]);
    stranger.close();
  });
});

describe('the set-up of Replicate', () => {
  it('is judged by asking for the account and the model', async () => {
    expect(await scene.adapter.validate()).toEqual({
      isValid: true,
      message: 'The token belongs to acme; jobs run on NVIDIA L40S.',
    });
    expect(await scene.connect({ REPLICATE_API_TOKEN: 'r8_wrong' }).validate()).toMatchObject({ isValid: false });
    const unset = scene.connect({ REPLICATE_API_TOKEN: '' });
    expect(await unset.isConfigured()).toBe(false);
    expect((await unset.validate()).message).toContain('REPLICATE_API_TOKEN');
    await expect(unset.submit(replicateJob())).rejects.toMatchObject({ code: 'provider_error' });
  });

  it('knows the secret of webhooks once it has been told', async () => {
    expect(await scene.adapter.webhookSecrets()).toEqual([scene.double.webhookSecret]);
    const unreachable = scene.connect({ REPLICATE_API_BASE_URL: 'http://127.0.0.1:1/v1' });
    expect(await unreachable.webhookSecrets()).toEqual([]);
  });

  it('goes through the proxy and under the timeout of the very moment', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
      response.writeHead(407).end();
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const [{ providerJobId }, proxyPort] = [
      await scene.adapter.submit(replicateJob()),
      (proxy.address() as AddressInfo).port,
    ];
    scene.settings['proxy_url'] = `http://user:p%40ss@127.0.0.1:${proxyPort}`;
    await expect(scene.adapter.status(predictionReference(providerJobId))).rejects.toThrow(
      'cannot be reached (PROXY_407)',
    );
    const credentials = Buffer.from('user:p@ss').toString('base64');
    expect(asked[0]).toBe(`${scene.double.baseUrl}/predictions/${providerJobId} Basic ${credentials}`);
    const askedThere = asked.length;
    scene.settings['proxy_url'] = '';
    expect(await scene.adapter.status(predictionReference(providerJobId))).toMatchObject({ providerJobId });
    expect(asked).toHaveLength(askedThere);
    scene.settings['http_timeout'] = 10;
    scene.double.faults.push(...Array.from({ length: 4 }, () => ({ kind: 'silence' }) as const));
    await expect(scene.adapter.status(predictionReference(providerJobId))).rejects.toThrow(
      'no answer in time (HEADERS_TIMEOUT)',
    );
    scene.settings['ssl_ca_bundle'] = '/no/such/bundle.pem';
    await expect(scene.adapter.status(predictionReference(providerJobId))).rejects.toThrow(
      'CA bundle cannot be read (ENOENT)',
    );
    proxy.close();
  });
});
