import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

export class HealthQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'also ask the providers, which takes up to 5 s' })
  @IsOptional()
  @IsIn(['true', 'false'])
  include_providers?: string;
}
