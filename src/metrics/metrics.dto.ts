import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsOptional } from 'class-validator';
import { categories, categoryNames, templates, type Category } from './categories.js';
import type { Page } from './exposition/exposition.js';
import type { DeclaredFamily } from './metrics.js';
import type { MetricsSettings } from './metrics-settings.repository.js';
import type { MetricsSettingsChange } from './metrics-settings.service.js';

/** Where it is scraped. */
export const SCRAPE_PATH = '/api/cloud/metrics/prometheus';

const CATEGORIES_MAX = 64;
const unknownCategory = { each: true, message: `$property may hold ${categoryNames.join(', ')}` };

export class MetricsSettingsBody {
  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  prometheus_enabled?: boolean;

  @ApiPropertyOptional({ enum: categoryNames, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(CATEGORIES_MAX)
  @IsIn(categoryNames, unknownCategory)
  prometheus_categories?: Category[];

  static toChange(body: MetricsSettingsBody): MetricsSettingsChange {
    return { isEnabled: body.prometheus_enabled, categories: body.prometheus_categories };
  }
}

/** `?categories=jobs&categories=health`, or with commas. */
function listOf({ value }: { value: unknown }): unknown {
  const given = Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];
  return given.flatMap((item) => (typeof item === 'string' ? item.split(',').filter((part) => part !== '') : [item]));
}

export class PreviewQuery {
  @ApiPropertyOptional({ enum: categoryNames, isArray: true, description: 'those of the settings when absent' })
  @Transform(listOf)
  @IsOptional()
  @ArrayMaxSize(CATEGORIES_MAX)
  @IsIn(categoryNames, unknownCategory)
  categories: Category[] = [];
}

export class MetricsSettingsView {
  @ApiProperty() prometheus_enabled!: boolean;
  @ApiProperty({ enum: categoryNames, isArray: true }) prometheus_categories!: readonly Category[];
  @ApiProperty({ description: 'where it is scraped' }) endpoint!: string;
  @ApiProperty({ nullable: true, type: String, description: 'null until somebody has changed them' })
  updated_at!: string | null;

  static of({ isEnabled, categories: chosen, updatedAtMs }: MetricsSettings): MetricsSettingsView {
    return {
      prometheus_enabled: isEnabled,
      prometheus_categories: chosen,
      endpoint: SCRAPE_PATH,
      updated_at: updatedAtMs === null ? null : new Date(updatedAtMs).toISOString(),
    };
  }
}

export class FamilyView {
  @ApiProperty() name!: string;
  @ApiProperty({ enum: ['counter', 'gauge', 'histogram'] }) type!: string;
  @ApiProperty({ enum: ['fleet', 'process'] }) scope!: string;
  @ApiProperty() help!: string;
}

export class CategoryView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() description!: string;
  @ApiProperty({ description: 'whether it is scraped now' }) enabled!: boolean;
  @ApiProperty({ type: [FamilyView] }) metrics!: FamilyView[];
}

export class CategoriesView {
  @ApiProperty({ type: [CategoryView] }) categories!: CategoryView[];

  static of(families: readonly DeclaredFamily[], settings: MetricsSettings): CategoriesView {
    return {
      categories: categoryNames.map((id) => ({
        id,
        name: categories[id].label,
        description: categories[id].description,
        enabled: settings.isEnabled && settings.categories.includes(id),
        metrics: families
          .filter(({ category }) => category === id)
          .map(({ name, type, scope, help }) => ({ name, type, scope, help })),
      })),
    };
  }
}

export class TemplateView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() description!: string;
  @ApiProperty({ enum: categoryNames, isArray: true }) categories!: readonly Category[];
}

export class TemplatesView {
  @ApiProperty({ type: [TemplateView] }) templates!: TemplateView[];

  static all(): TemplatesView {
    return {
      templates: Object.entries(templates).map(([id, { label, ...rest }]) => ({ id, name: label, ...rest })),
    };
  }
}

export class PreviewView {
  @ApiProperty() content!: string;
  @ApiProperty({ description: 'families' }) metric_count!: number;
  @ApiProperty() series_count!: number;
  @ApiProperty() bytes!: number;
  @ApiProperty({ enum: categoryNames, isArray: true }) categories_used!: readonly Category[];

  static of({ content, families, series }: Page, used: readonly Category[]): PreviewView {
    return {
      content,
      metric_count: families,
      series_count: series,
      bytes: Buffer.byteLength(content),
      categories_used: used,
    };
  }
}
