import { Injectable } from '@nestjs/common';
import cluster from 'node:cluster';
import { hostname } from 'node:os';
import { Config } from '../config/index.js';
import { Listeners } from '../http/index.js';

/** How this replica is called in the families of its process. */
@Injectable()
export class InstanceName {
  constructor(
    private readonly config: Config,
    private readonly listeners: Listeners,
  ) {}

  /** `instance` with the name where there are several replicas or processes; nothing where there is one, as in the guide. */
  get label(): Readonly<Record<string, string>> {
    return this.config.isAlone ? {} : { instance: this.name };
  }

  private get name(): string {
    const { instance } = this.config.settings;
    const machine = instance === '' ? this.address : instance;
    // Processes of one machine share its address.
    return cluster.worker ? `${machine}/${cluster.worker.id}` : machine;
  }

  private get address(): string {
    const origin = this.listeners.origin('ops');
    return origin === undefined ? hostname() : `${hostname()}:${new URL(origin).port}`;
  }
}
