import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { invalidFields } from './domain-error.js';

/** Unknown fields are refused: a silently dropped setting is worse than an error (contract §2). */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => invalidFields(errors.flatMap((error) => flatten(error, ''))),
  });
}

function flatten(error: ValidationError, parent: string): { field: string; message: string }[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message:
      rule === 'whitelistValidation' ? 'is not a known field' : message.replace(error.property, '').trim() || message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}
