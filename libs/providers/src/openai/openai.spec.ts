import { describeConformance } from '../conformance/suite.ts';
import { openAiCodec } from './index.ts';

describeConformance({
  codec: openAiCodec,
  folder: new URL('./fixtures/', import.meta.url),
  upstreamModel: 'gpt-5.6-terra',
});
