import { ServiceDouble, type DoubleAnswer, type DoubleRequest } from './secrets-double.js';

const CONTENT_TYPE = 'application/x-amz-json-1.1';
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/(\w+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=[0-9a-f]{64}$/;

/** AWS Secrets Manager as its clients meet it: JSON 1.1 with a target header, signed requests, typed exceptions. */
export class AwsDouble extends ServiceDouble {
  static readonly accessKeyId = 'AKIADOUBLE0000000001';
  static readonly region = 'eu-central-1';
  readonly secrets = new Map<string, string | Buffer>();
  /** The next so many calls are refused with ThrottlingException. */
  throttledCalls = 0;
  isDenied = false;

  static start(): Promise<AwsDouble> {
    return new AwsDouble().listen();
  }

  /** What the SDK reads from the environment to come here. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.url,
      AWS_ACCESS_KEY_ID: AwsDouble.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'the-secret-access-key-of-the-double',
      AWS_REGION: AwsDouble.region,
    };
  }

  override answer(request: DoubleRequest): DoubleAnswer {
    const refusal = this.refusalOf(request);
    if (refusal) return refusal;
    const { SecretId: id } = JSON.parse(request.body) as { SecretId?: string };
    if (typeof id !== 'string') return exception(400, 'InvalidParameterException', 'SecretId is needed.');
    const name = /^arn:.*:secret:(.+)-\w{6}$/.exec(id)?.[1] ?? id;
    const value = this.secrets.get(name);
    if (value === undefined)
      return exception(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return answerOf(200, {
      ARN: `arn:aws:secretsmanager:${AwsDouble.region}:123456789012:secret:${name}-AbCdEf`,
      Name: name,
      VersionId: '2f4f3c3a-0000-4000-8000-000000000001',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: 1_760_000_000.123,
      ...(typeof value === 'string' ? { SecretString: value } : { SecretBinary: value.toString('base64') }),
    });
  }

  private refusalOf({ method, path, headers }: DoubleRequest): DoubleAnswer | undefined {
    if (method !== 'POST' || path !== '/' || headers['content-type'] !== CONTENT_TYPE)
      return exception(404, 'UnknownOperationException', 'No such operation.');
    if (headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      return exception(400, 'UnknownOperationException', 'No such target.');
    const signed = AUTHORIZATION.exec(headers.authorization ?? '');
    if (!signed) return exception(400, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    const [, keyId, day, region, service, signedHeaders] = signed;
    const date = headers['x-amz-date'];
    const covers = ['host', 'x-amz-date', 'x-amz-target'].every((name) => signedHeaders?.split(';').includes(name));
    if (typeof date !== 'string' || !date.startsWith(day ?? '') || !covers)
      return exception(400, 'IncompleteSignatureException', 'The signature does not cover the request.');
    if (keyId !== AwsDouble.accessKeyId || region !== AwsDouble.region || service !== 'secretsmanager')
      return exception(400, 'UnrecognizedClientException', 'The security token included in the request is invalid.');
    if (this.throttledCalls > 0) {
      this.throttledCalls -= 1;
      return exception(400, 'ThrottlingException', 'Rate exceeded');
    }
    return this.isDenied
      ? exception(400, 'AccessDeniedException', 'User: arn:aws:iam::123456789012:user/x is not authorized')
      : undefined;
  }
}

function exception(status: number, type: string, message: string): DoubleAnswer {
  return answerOf(status, { __type: type, message });
}

function answerOf(status: number, body: object): DoubleAnswer {
  return { status, headers: { 'Content-Type': CONTENT_TYPE, 'x-amzn-RequestId': 'double' }, body };
}
