import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModulesContainer } from '@nestjs/core';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from '../../src/app.js';
import { loadConfig } from '../../src/config/index.js';
import { ACCESS } from '../../src/http/access.js';

interface Route {
  readonly name: string;
  readonly access: unknown;
}

/** Every method of every controller that answers a request. */
function routesOf(server: Server): Route[] {
  const controllers = [...server.app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    const type = metatype as { name: string; prototype: object };
    const methods = Object.entries(Object.getOwnPropertyDescriptors(type.prototype)).map(([name, { value }]) => ({
      name,
      value: value as object,
    }));
    return methods
      .filter(
        ({ value }) =>
          typeof value === 'function' &&
          Reflect.hasMetadata(METHOD_METADATA, value) &&
          Reflect.hasMetadata(PATH_METADATA, value),
      )
      .map(({ name, value }) => ({
        name: `${type.name}.${name}`,
        access: (Reflect.getMetadata(ACCESS, value) ?? Reflect.getMetadata(ACCESS, type)) as unknown,
      }));
  });
}

/** The only routes of controllers that anyone may use (contract §3). */
const open = [
  'HealthController.full',
  'HealthController.live',
  'HealthController.ready',
  'HealthController.startup',
  'ScrapeController.scrape',
];

describe('the routes', () => {
  const home = mkdtempSync(join(tmpdir(), 'simpletuner-routes-'));
  let server: Server;
  beforeAll(async () => {
    server = await createServer(loadConfig({ SIMPLETUNER_HOME: home, SIMPLETUNER_LOG_LEVEL: 'ERROR' }));
  });
  afterAll(async () => {
    await server.app.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('each declare who may use them', () => {
    const routes = routesOf(server);
    expect(routes.length).toBeGreaterThan(20);
    expect(routes.filter(({ access }) => access === undefined).map(({ name }) => name)).toEqual([]);
  });

  it('are open to anyone only where the contract says so', () => {
    const found = routesOf(server).filter(
      ({ access }) => typeof access === 'object' && access !== null && 'open' in access,
    );
    expect(found.map(({ name }) => name).sort()).toEqual(open);
  });
});
