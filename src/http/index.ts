export { CurrentCaller, CurrentContext, Login, Open, RequirePermission } from './access.js';
export { authenticationRequired, requireAny } from './access.guard.js';
export { anonymous, CallerResolver, permissions, type Actor, type Caller, type Permission } from './caller.js';
export { DomainError, invalidFields, notFound, statusOf, type ErrorExtras, type ErrorKind } from './domain-error.js';
export { answerError, asDomainError } from './error-filter.js';
export { HttpModule } from './http.module.js';
export { Listeners } from './listeners.js';
export { Pipeline, type Gate, type RawHandler } from './pipeline.js';
export { actorOf, contextOf, type ListenerName, type RequestContext } from './request-context.js';
