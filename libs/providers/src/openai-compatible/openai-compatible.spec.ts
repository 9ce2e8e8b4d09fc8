import { describeConformance } from '../conformance/suite.ts';
import { openAiCompatibleCodec } from './index.ts';

describeConformance({
  codec: openAiCompatibleCodec,
  folder: new URL('./fixtures/', import.meta.url),
  upstreamModel: 'llama-3',
});
