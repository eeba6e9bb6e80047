import { ApiProperty } from '@nestjs/swagger';
import { explain } from '#libs/audit-chain';
import type { Verification } from './audit-verifier.js';

export class AuditVerificationView {
  @ApiProperty() valid!: boolean;
  @ApiProperty() message!: string;
  @ApiProperty() checked_rows!: number;
  @ApiProperty() from_sequence!: number;
  @ApiProperty() to_sequence!: number;
  @ApiProperty({ description: 'the first segment that retention has kept' }) from_segment!: number;
  @ApiProperty({ description: 'the last of these rows under a signed checkpoint; 0 when the log is not valid' })
  signed_through!: number;
  @ApiProperty({ nullable: true, type: Number, description: 'the first row that is not as it was written' })
  first_bad_sequence!: number | null;
  @ApiProperty({ nullable: true, type: Number, description: 'the last that may be, where one row cannot be named' })
  through_bad_sequence!: number | null;
  @ApiProperty({ nullable: true, type: String, description: 'how the row was tampered with' }) tampering!:
    string | null;
  @ApiProperty({ description: 'rows whose writer had its clock over a minute behind; they are told, and are no fault' })
  clock_steps!: number;
  @ApiProperty({ nullable: true, type: Number }) first_clock_step!: number | null;

  static of(verification: Verification): AuditVerificationView {
    const { finding, clock } = verification;
    return {
      valid: !finding,
      message: finding ? explain(finding) : praise(verification),
      checked_rows: verification.checkedRows,
      from_sequence: verification.fromSequence,
      to_sequence: verification.toSequence,
      from_segment: verification.fromSegment,
      signed_through: verification.signedThrough,
      first_bad_sequence: finding?.sequence ?? null,
      through_bad_sequence: finding?.throughSequence ?? null,
      tampering: finding?.kind ?? null,
      clock_steps: clock.stepCount,
      first_clock_step: clock.firstStep,
    };
  }
}

function praise({ checkedRows, fromSequence, toSequence, fromSegment }: Verification): string {
  if (checkedRows === 0) return 'There are no rows yet.';
  return `All ${checkedRows} rows from ${fromSequence} to ${toSequence} are as they were written; valid from segment ${fromSegment}.`;
}
