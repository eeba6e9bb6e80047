import { ApiProperty } from '@nestjs/swagger';
import type { SecretDescription, SourceName, SourceState } from '#libs/secrets';
import { sentenceOf } from './secrets.health.js';

const sourceNames = ['env', 'file', 'aws', 'vault'] satisfies SourceName[];

export class SecretView {
  @ApiProperty() name!: string;
  @ApiProperty({
    enum: sourceNames,
    nullable: true,
    description: 'where the value comes from; null: no source has one',
  })
  source!: SourceName | null;
  @ApiProperty({ type: Number, nullable: true, description: 'since the value was last read from its source' })
  age_seconds!: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'equal for equal values of this installation; keyed, so that values cannot be searched for',
  })
  fingerprint!: string | null;
  @ApiProperty({ enum: sourceNames, isArray: true, description: 'sources with a value that does not count' })
  shadowed!: readonly SourceName[];

  static of({ name, source, ageMs, fingerprint, shadowed }: SecretDescription): SecretView {
    return { name, source, age_seconds: ageMs === null ? null : Math.round(ageMs / 100) / 10, fingerprint, shadowed };
  }
}

export class SecretSourceView {
  @ApiProperty({ enum: sourceNames }) name!: SourceName;
  @ApiProperty({ enum: ['ok', 'failing', 'unread'] }) status!: 'ok' | 'failing' | 'unread';
  @ApiProperty() message!: string;

  static of(state: SourceState): SecretSourceView {
    const status = state.trouble !== undefined ? 'failing' : state.isRead ? 'ok' : 'unread';
    return { name: state.name, status, message: sentenceOf(state) };
  }
}

export class SecretsView {
  @ApiProperty({ type: [SecretView] }) secrets!: SecretView[];
  @ApiProperty({ type: [SecretSourceView], description: 'in the order in which they are asked' })
  sources!: SecretSourceView[];
}
