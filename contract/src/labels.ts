import { z } from 'zod';

/** Label names to values, `__name__` among them when there is a metric name. */
export const LabelSet = z.record(z.string().min(1), z.string());
export type LabelSet = Readonly<Record<string, string>>;
