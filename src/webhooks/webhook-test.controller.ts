import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../http/index.js';
import { WebhookTest, type WebhookTestReport } from './webhook-test.js';
import { testStepNames, type TestStep } from './webhook-test-words.js';

export class WebhookTestStepView {
  @ApiProperty({ enum: testStepNames }) name!: TestStep['name'];
  @ApiProperty() ok!: boolean;
  @ApiProperty({ description: 'what was seen' }) detail!: string;
  @ApiProperty() duration_ms!: number;
}

export class WebhookTestView {
  @ApiProperty() ok!: boolean;
  @ApiProperty({ type: [WebhookTestStepView], description: 'the hops, up to the first that failed' })
  steps!: WebhookTestStepView[];
  @ApiProperty({ description: 'what to do' }) hint!: string;

  static of({ isOk, steps, hint }: WebhookTestReport): WebhookTestView {
    const shown = steps.map(({ name, isOk: ok, detail, durationMs }) => ({
      name,
      ok,
      detail,
      duration_ms: Math.round(durationMs * 10) / 10,
    }));
    return { ok: isOk, steps: shown, hint };
  }
}

@ApiTags('webhooks')
@Controller('api/cloud/providers')
export class WebhookTestController {
  constructor(private readonly test: WebhookTest) {}

  @Post(':provider/test-webhook')
  @HttpCode(200)
  @RequirePermission('admin.config')
  @ApiOperation({ summary: 'Send a signed webhook through the public URL and tell which hop fails; no job is moved' })
  @ApiOkResponse({ type: WebhookTestView })
  async run(@Param('provider') provider: string): Promise<WebhookTestView> {
    return WebhookTestView.of(await this.test.run(provider));
  }
}
