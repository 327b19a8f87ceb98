### What appliances do: phases, run states, parts, errors and readings.
