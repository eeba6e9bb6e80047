import { HeartbeatEntity, type Schema } from '../database/index.js';
import { EventEntity } from '../events/index.js';
import { Platform20261123000000 } from './migrations/20261123000000-platform.js';

/** Every table of the server and the one ordered list of migrations that makes them. */
export const schema: Schema = {
  entities: [HeartbeatEntity, EventEntity],
  migrations: [Platform20261123000000],
};
