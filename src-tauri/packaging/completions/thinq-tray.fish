# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_thinq_tray_global_optspecs
    string join \n demo hidden h/help V/version
end

function __fish_thinq_tray_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_thinq_tray_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_thinq_tray_using_subcommand
    set -l cmd (__fish_thinq_tray_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -l hidden -d 'Start without opening a window, as at login'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -s V -l version -d 'Print version'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "listen" -d 'Listen in the terminal and print events'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "sign-in" -d 'Sign in to LG; prompts for the token or password or reads it from standard input'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "sign-out" -d 'Sign out and delete the stored sign-in'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "status" -d 'Show the status of the program'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "doctor" -d 'Check for problems that prevent notifications, and suggest remedies'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "settings" -d 'Show the settings, or change one of them'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "history" -d 'Print events of the history, newest first'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "forward" -d 'Forward events to a phone, a broker, a web address or a command'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "pause" -d 'Pause notifications'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "resume" -d 'Resume notifications'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "notify-test" -d 'Show a test notification and print the capabilities of the notification server'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "reconnect" -d 'Reconnect immediately instead of waiting for the next retry'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "quit" -d 'Quit the running program'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "simulate" -d 'Run the simulated service on its own and print its addresses as JSON'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand listen" -l json -d 'Print events and status changes as one JSON object per line'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand listen" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand listen" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l provider -d 'How to sign in [default: as last time, or as the other options require]' -r -f -a "connect\t'LG\'s official ThinQ Connect API, with a personal access token'
hub\t'A DAMDA hub, with the LG account'"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l country -d 'Country of the token\'s account: two letters, for example KR' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l id -d 'LG account' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l hub-url -d 'Address of the hub, for example 192.168.0.10' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l callback-url -d 'Address of LG\'s callback' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l password-form -d 'Form in which the password is sent to the hub' -r -f -a "sha512\t''
plain\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l emp-client-id -d 'Id of the EMP key pair; its secret is read from `THINQ_TRAY_EMP_CLIENT_SECRET`' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l connect-client-id -d 'Id of the connect key pair; its secret is read from `THINQ_TRAY_CONNECT_CLIENT_SECRET`' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l token-stdin -d 'Read the personal access token from standard input'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l password-stdin -d 'Read the password from standard input'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-out" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-out" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand status" -l json -d 'Print a JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand status" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand status" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -l report -d 'Write a problem report without secrets and names to FILE, or print it with `-`' -r -F
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -l json -d 'Print a JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -l json -d 'Print a JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -l set-aside -d 'Rename a settings file that is not valid TOML in UTF-8 and start a new one'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l device -d 'Filter by name or id of the appliance; repeatable' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l kind -d 'Filter by kind; repeatable' -r -f -a "finished\t''
failed\t''
maintenance\t''
safety\t''
reminder\t''
status\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l severity -d 'Filter by severity; repeatable' -r -f -a "info\t''
attention\t''
error\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l from -d 'First day to include, for example 2026-11-22' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l until -d 'Last day to include' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l limit -d 'Maximum number of events to print, or `all`' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l unread -d 'Only unread events'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l json -d 'Print one JSON object per line'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -a "export" -d 'Export events to a file: a table (.csv), or all data for a later import (.json)'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -a "import" -d 'Import the events of an exported .json file'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -a "delete" -d 'Delete events permanently: all of them, or those that match the filters'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l device -d 'Filter by name or id of the appliance; repeatable' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l kind -d 'Filter by kind; repeatable' -r -f -a "finished\t''
failed\t''
maintenance\t''
safety\t''
reminder\t''
status\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l severity -d 'Filter by severity; repeatable' -r -f -a "info\t''
attention\t''
error\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l from -d 'First day to include, for example 2026-11-22' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l until -d 'Last day to include' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l unread -d 'Only unread events'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from import" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l device -d 'Filter by name or id of the appliance; repeatable' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l kind -d 'Filter by kind; repeatable' -r -f -a "finished\t''
failed\t''
maintenance\t''
safety\t''
reminder\t''
status\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l severity -d 'Filter by severity; repeatable' -r -f -a "info\t''
attention\t''
error\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l from -d 'First day to include, for example 2026-11-22' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l until -d 'Last day to include' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l unread -d 'Only unread events'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l yes -d 'Confirm the deletion'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and not __fish_seen_subcommand_from list add test remove" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and not __fish_seen_subcommand_from list add test remove" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and not __fish_seen_subcommand_from list add test remove" -f -a "list" -d 'List the targets and how they do'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and not __fish_seen_subcommand_from list add test remove" -f -a "add" -d 'Add a target'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and not __fish_seen_subcommand_from list add test remove" -f -a "test" -d 'Send a test message to a target and print what it answers'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and not __fish_seen_subcommand_from list add test remove" -f -a "remove" -d 'Remove a target, its secret, and the events that wait for it'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from list" -l json -d 'Print a JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from list" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from add" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from add" -f -a "mqtt" -d 'Publish to an MQTT broker, for Home Assistant for example'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from add" -f -a "ntfy" -d 'Publish to an ntfy topic, for a phone'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from add" -f -a "webhook" -d 'Post JSON to a web address'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from add" -f -a "command" -d 'Run a command with the event as JSON on its standard input'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from test" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from remove" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand forward; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand pause" -l minutes -d 'Duration in minutes' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand pause" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand pause" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand resume" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand resume" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand notify-test" -l json -d 'Print a JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand notify-test" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand notify-test" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand reconnect" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand reconnect" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand quit" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand quit" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l hub-port -d 'Port of the hub; 0 selects a free port' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l callback-port -d 'Port of the callback; 0 selects a free port' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l connect-address -d 'Address of ThinQ Connect\'s API; port 0 selects a free port' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l mqtt-address -d 'Address of ThinQ Connect\'s MQTT service; port 0 selects a free port' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l mqtt-server -d 'MQTT address returned to clients [default: mqtts://localhost:PORT]' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l root-certificate -d 'File for the root certificate of ThinQ Connect\'s services [default: a temporary one]' -r -F
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l speed -d 'Simulated seconds per real second; 0 stops the simulated clock' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l connect -d 'Also print the addresses of ThinQ Connect'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l demo -d 'Use a simulated home on this computer; nothing is sent to LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -s h -l help -d 'Print help'
