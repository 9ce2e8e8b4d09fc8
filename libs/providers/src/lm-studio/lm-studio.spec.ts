import { expect, test } from '@jest/globals';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { lmStudioCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'qwen3-8b' });

test('a single tool cannot be demanded, and that is said', () => {
  const encoded = codec.encode(requestFor(probes.tool_choice, 'qwen3-8b'));
  expect(encoded.ok && JSON.parse(encoded.value.body).tool_choice).toBe('required');
  expect(encoded).toMatchObject({ value: { warnings: [{ code: 'adjusted', subject: 'tool_choice' }] } });
});
