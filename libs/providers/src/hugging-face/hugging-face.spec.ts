import { expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { describeConformance } from '../conformance/suite.ts';
import { huggingFaceCodec } from './index.ts';

const folder = new URL('./fixtures/', import.meta.url);

describeConformance({ codec: huggingFaceCodec({}), folder, upstreamModel: 'Qwen/Qwen3-32B' });

test('an organization is billed where one is named', () => {
  const token = new Secret('hf_canary');
  expect(huggingFaceCodec({}).authorize(token, 0n)).toEqual({ authorization: 'Bearer hf_canary' });
  expect(huggingFaceCodec({ organization: 'acme' }).authorize(token, 0n)).toEqual({
    authorization: 'Bearer hf_canary',
    'x-hf-bill-to': 'acme',
  });
});
