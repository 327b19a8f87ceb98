// Connects controls without text to the window's tooltip, which may be loaded later.

import { Tooltip } from 'bits-ui';

export const tips = Tooltip.createTether<string>();
