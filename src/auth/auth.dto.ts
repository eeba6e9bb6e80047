import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { permissions, type Caller, type Permission } from '../http/index.js';
import type { ApiKey } from './api-key.js';

export class CreateApiKeyBody {
  @ApiProperty({ example: 'nightly', description: 'shown in lists and in the audit log' })
  @IsString()
  @Length(1, 64)
  @Matches(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, {
    message: 'name must begin with a letter or digit and hold only those, spaces, dots, dashes and underscores',
  })
  name!: string;

  @ApiPropertyOptional({
    enum: permissions,
    isArray: true,
    description: 'what the key may do; everything you may do when absent',
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(permissions, { each: true })
  scopes?: Permission[];

  @ApiPropertyOptional({ minimum: 1, maximum: 3650 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3650)
  expires_in_days?: number;
}

export class ApiKeyView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'the first characters of the key' }) hint!: string;
  @ApiProperty({ isArray: true, type: String }) scopes!: readonly string[];
  @ApiProperty() created_at!: string;
  @ApiProperty({ nullable: true, type: String }) expires_at!: string | null;
  @ApiProperty({ nullable: true, type: String }) last_used_at!: string | null;
  @ApiProperty({ nullable: true, type: String }) revoked_at!: string | null;

  static of(key: ApiKey): ApiKeyView {
    return {
      id: key.id,
      name: key.name,
      hint: key.hint,
      scopes: key.scopes,
      created_at: instant(key.createdAtMs),
      expires_at: key.expiresAtMs === null ? null : instant(key.expiresAtMs),
      last_used_at: key.lastUsedAtMs === null ? null : instant(key.lastUsedAtMs),
      revoked_at: key.revokedAtMs === null ? null : instant(key.revokedAtMs),
    };
  }
}

export class ApiKeysView {
  @ApiProperty({ type: [ApiKeyView] }) api_keys!: ApiKeyView[];
}

export class CreatedApiKeyView extends ApiKeyView {
  @ApiProperty({ description: 'the key itself; it is shown only now' }) key!: string;

  static withText(key: ApiKey, text: string): CreatedApiKeyView {
    return Object.assign(new CreatedApiKeyView(), ApiKeyView.of(key), { key: text });
  }
}

export class MeView {
  @ApiProperty({ nullable: true, type: String }) user_id!: string | null;
  @ApiProperty() actor!: string;
  @ApiProperty({ enum: ['local', 'user', 'api_key'] }) kind!: string;
  @ApiProperty({ isArray: true, type: String }) permissions!: readonly string[];

  static of(caller: Caller): MeView {
    return { user_id: caller.userId, actor: caller.actor, kind: caller.kind, permissions: [...caller.permissions] };
  }
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
