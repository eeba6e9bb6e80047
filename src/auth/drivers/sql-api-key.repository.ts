import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database } from '../../database/index.js';
import type { Permission } from '../../http/index.js';
import { ApiKeyEntity } from '../api-key.entity.js';
import { ApiKeyRepository } from '../api-key.repository.js';
import type { ApiKey } from '../api-key.js';

@Injectable()
export class SqlApiKeyRepository extends ApiKeyRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(key: ApiKey, hash: string): Promise<void> {
    await this.database.run((manager) => manager.insert(ApiKeyEntity, { ...key, scopes: [...key.scopes], hash }));
  }

  override async findByHash(hash: string): Promise<ApiKey | undefined> {
    const row = await this.database.run((manager) => manager.findOneBy(ApiKeyEntity, { hash }));
    return row ? toDomain(row) : undefined;
  }

  override async listByUser(userId: string): Promise<ApiKey[]> {
    const rows = await this.database.run((manager) =>
      manager.find(ApiKeyEntity, { where: { userId }, order: { createdAtMs: 'DESC', id: 'DESC' } }),
    );
    return rows.map(toDomain);
  }

  override async revoke(id: string, userId: string, atMs: number): Promise<boolean> {
    const { affected } = await this.database.run((manager) =>
      manager.update(ApiKeyEntity, { id, userId, revokedAtMs: IsNull() }, { revokedAtMs: atMs }),
    );
    return affected === 1;
  }

  override async noteUse(id: string, atMs: number, notSinceMs: number): Promise<boolean> {
    const { affected } = await this.database.run((manager) =>
      manager
        .createQueryBuilder()
        .update(ApiKeyEntity)
        .set({ lastUsedAtMs: atMs })
        .where('id = :id AND (last_used_at_ms IS NULL OR last_used_at_ms < :notSinceMs)', { id, notSinceMs })
        .execute(),
    );
    return affected === 1;
  }
}

function toDomain({ hash: _, ...row }: ApiKeyEntity): ApiKey {
  return { ...row, scopes: row.scopes as Permission[] };
}
