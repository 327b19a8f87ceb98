// Where the controls without words meet the one tooltip of the window, which may come later.

import { Tooltip } from 'bits-ui';

export const tips = Tooltip.createTether<string>();
