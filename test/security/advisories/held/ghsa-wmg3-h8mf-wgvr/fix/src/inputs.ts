import { z } from 'zod';

export const DescribeInput = z.object({
  resourceType: z.string().min(1),
  name: z.string().min(1),
  namespace: z.string().optional(),
});

export const RolloutInput = z.object({ deployment: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/) });
