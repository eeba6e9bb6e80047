import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { LostWebhookEntity } from '../lost-webhook.entity.js';
import { LostWebhooks, type LostWebhookTotal } from '../lost-webhooks.js';

@Injectable()
export class SqlLostWebhooks extends LostWebhooks {
  constructor(private readonly database: Database) {
    super();
  }

  override count(provider: string, atMs: number): Promise<void> {
    return this.database.transaction(async (manager) => {
      const none = { provider, lost: 0, lastLostAtMs: null };
      await manager.createQueryBuilder().insert().into(LostWebhookEntity).values(none).orIgnore().execute();
      await manager.increment(LostWebhookEntity, { provider }, 'lost', 1);
      await manager.update(LostWebhookEntity, { provider }, { lastLostAtMs: atMs });
    });
  }

  override totals(): Promise<readonly LostWebhookTotal[]> {
    return this.database.run((manager) => manager.find(LostWebhookEntity, { order: { provider: 'ASC' } }));
  }
}
