import { Module, type OnModuleInit } from '@nestjs/common';
import { Pipeline } from '../http/index.js';
import { ConsolePages } from './console-pages.js';

@Module({ providers: [ConsolePages] })
export class ConsoleModule implements OnModuleInit {
  constructor(
    private readonly pages: ConsolePages,
    private readonly pipeline: Pipeline,
  ) {}

  onModuleInit(): void {
    this.pages.register(this.pipeline);
  }
}
