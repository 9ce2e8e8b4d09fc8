// Google Cloud KMS and AWS KMS by their documented wire.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { keyEncryptionContract, refusalOf } from '../../testing/key-encryption-contract.ts';
import { awsError, awsKeyArn, type KmsServer, startAwsWire, startGoogleWire } from '../../testing/kms-wire.ts';
import { awsKms } from './aws-kms.ts';
import { googleCloudKms } from './google-cloud-kms.ts';
import { googleToken } from './google-token.ts';

const context = { tenant: 'acme', provider: 'openai', purpose: 'provider-key' } as const;
const dataKey = Buffer.from('canary-data-key-of-32-bytes-size');
let google: KmsServer;
let aws: KmsServer;

beforeAll(async () => {
  google = await startGoogleWire();
  aws = await startAwsWire();
});

beforeEach(() => {
  process.env.AWS_ACCESS_KEY_ID = 'AKIDTEST';
  process.env.AWS_SECRET_ACCESS_KEY = 'canary-aws-secret';
});

afterEach(() => {
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  google.refuse(undefined);
  aws.refuse(undefined);
});

afterAll(() => Promise.all([google.stop(), aws.stop()]));

function openGoogle(token = 'google-token', key = 'k') {
  const names = { project: 'p', location: 'l', keyRing: 'r', key };
  return googleCloudKms({ ...names, endpoint: google.url, credentialsFile: undefined, accessToken: async () => token });
}

function openAws(key = 'alias/waybill') {
  return awsKms({ key, region: 'eu-central-1', endpoint: aws.url });
}

keyEncryptionContract('key-encryption keys in Google Cloud KMS', {
  open: async () => openGoogle(),
  makeNewer: async () => google.rotate(),
  namesVersions: true,
});

keyEncryptionContract('key-encryption keys in AWS KMS', {
  open: async () => openAws(),
  makeNewer: async () => aws.rotate(),
  namesVersions: false,
});

/** What went wrong, which has nothing secret in it. */
async function refusal(work: Promise<unknown>) {
  const { kind, told } = await refusalOf(work);
  for (const secret of ['canary', dataKey.toString('base64')]) expect(told).not.toContain(secret);
  return { kind, told };
}

test('both are asked as they document it', async () => {
  await openGoogle().wrap(dataKey, context);
  const [asked] = google.asked.slice(-1);
  expect(asked).toMatchObject({ path: '/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k:encrypt' });
  expect(Object.keys(asked!.body)).toEqual(['plaintext', 'additionalAuthenticatedData']);
  const encryption = openAws();
  const { by } = await encryption.wrap(dataKey, context);
  expect(by).toBe(`aws:${awsKeyArn}`);
  expect(aws.asked.at(-1)).toMatchObject({
    headers: { 'x-amz-target': 'TrentService.Encrypt' },
    body: { KeyId: 'alias/waybill', EncryptionContext: context },
  });
  await encryption.close();
});

describe('what they refuse is told', () => {
  test.each([
    [401, 'forbidden', 'does not take the credentials'],
    [403, 'forbidden', 'useToEncrypt'],
    [404, 'not_found', 'key_ring'],
    [500, 'unavailable', 'status 500'],
  ])('by Google, with status %d', async (status, kind, message) => {
    google.refuse({ status, body: { error: { message: 'canary' } } });
    expect(await refusal(openGoogle().wrap(dataKey, context))).toEqual({
      kind,
      told: expect.stringContaining(message),
    });
  });

  test.each([
    ['AccessDeniedException', 'forbidden'],
    ['NotFoundException', 'not_found'],
    ['DisabledException', 'unavailable'],
  ])('by AWS, with %s', async (name, kind) => {
    aws.refuse({ ...awsError(name), body: { __type: name, message: 'canary' } });
    const encryption = openAws();
    const told = await refusal(encryption.wrap(dataKey, context)).finally(encryption.close);
    expect(told).toEqual({ kind, told: expect.stringContaining(name) });
  });

  test('without a server', async () => {
    const away = googleCloudKms({
      ...{ project: 'p', location: 'l', keyRing: 'r', key: 'k', endpoint: 'http://127.0.0.1:1' },
      ...{ credentialsFile: undefined, accessToken: async () => 'canary-token' },
    });
    expect(await refusal(away.wrap(dataKey, context))).toMatchObject({ kind: 'unavailable' });
  });

  test('where no new key can be made from here', async () => {
    for (const encryption of [openGoogle(), openAws()]) {
      expect(await refusal(encryption.renew())).toMatchObject({ kind: 'invalid' });
    }
  });

  test('without credentials for Google', async () => {
    expect(await refusal(googleToken('/none/credentials.json')())).toMatchObject({ kind: 'forbidden' });
  });
});
