import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { invalidFields } from './domain-error.js';

/** Unknown fields are refused: a silently dropped setting is worse than an error (contract §2). */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    exceptionFactory: (errors) => invalidFields(errors.flatMap((error) => flatten(error, ''))),
  });
}

/** Of what is of another type nobody wants to know how long or how large it may be: these are told before all others. */
const typeRules = ['whitelistValidation', 'isArray', 'isObject', 'isString', 'isInt', 'isNumber', 'isBoolean'];
/** What Nest says of a body that is a list or a bare value. */
const NO_OBJECT = 'Validation failed (object is expected)';

function flatten(error: ValidationError, parent: string): { field: string; message: string }[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  const constraints = error.constraints ?? {};
  const rule = typeRules.find((name) => name in constraints) ?? Object.keys(constraints)[0];
  const own = rule === undefined ? [] : [{ field, message: messageOf(rule, constraints[rule] ?? '', error.property) }];
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}

/** The rest of a sentence that begins with the field's name. */
function messageOf(rule: string, message: string, property: string): string {
  if (rule === 'whitelistValidation') return 'is not a known field';
  if (message === NO_OBJECT) return 'must be a JSON object';
  if (message.startsWith(`${property} `)) return message.slice(property.length + 1);
  return message.replace(`each value in ${property} `, 'each value ');
}
