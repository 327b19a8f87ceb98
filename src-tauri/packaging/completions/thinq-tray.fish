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

complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -l hidden -d 'Start without a window, as the desktop does at login'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -s V -l version -d 'Print version'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "listen" -d 'Listen in the terminal and print what happens'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "sign-in" -d 'Sign in to LG; the password is asked for or read from standard input'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "sign-out" -d 'Forget the sign-in'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "status" -d 'Show what the program is doing'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "doctor" -d 'Look for what could keep notifications away, and say what helps'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "settings" -d 'Show the settings, or change one'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "history" -d 'Print the history, newest first'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "pause" -d 'Hold notifications back for a while'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "resume" -d 'Show notifications again'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "notify-test" -d 'Show a test notification, and say what the desktop\'s notification server can do'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "reconnect" -d 'Connect at once instead of waiting'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "quit" -d 'End the running program'
complete -c thinq-tray -n "__fish_thinq_tray_needs_command" -f -a "simulate" -d 'Run the simulated service as a program of its own and print its addresses as JSON'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand listen" -l json -d 'Print one JSON object a line, events and changes of the status'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand listen" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand listen" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l id -d 'LG account' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l hub-url -d 'Address of the hub, for example 192.168.0.10' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l callback-url -d 'Address of LG\'s callback' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l password-form -d 'How the password travels to the hub' -r -f -a "sha512\t''
plain\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l emp-client-id -d 'Id of the EMP key pair; its secret comes from `THINQ_TRAY_EMP_CLIENT_SECRET`' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l connect-client-id -d 'Id of the connect key pair; its secret comes from `THINQ_TRAY_CONNECT_CLIENT_SECRET`' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l password-stdin -d 'Read the password from standard input'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-in" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-out" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand sign-out" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand status" -l json -d 'Print one JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand status" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand status" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -l report -d 'Write a problem report without secrets and names to FILE; `-` prints it' -r -F
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -l json -d 'Print one JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -l json -d 'Print one JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -l set-aside -d 'Give a settings file that is not valid TOML another name, and begin a new one'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand settings" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l device -d 'Only of the appliance with this name or id; may be given again' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l kind -d 'Only of this kind; may be given again' -r -f -a "finished\t''
failed\t''
maintenance\t''
safety\t''
reminder\t''
status\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l severity -d 'Only of this weight; may be given again' -r -f -a "info\t''
attention\t''
error\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l from -d 'Only from this day on, for example 2026-11-22' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l until -d 'Only up to this day' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l limit -d 'Print at most so many' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l unread -d 'Only those nobody has looked at'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l json -d 'Print one JSON object a line'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -a "export" -d 'Write events to a file: a table (.csv), or everything to be imported again (.json)'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -a "import" -d 'Add the events of an exported .json file'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and not __fish_seen_subcommand_from export import delete" -a "delete" -d 'Delete events for good: all, or those that are chosen'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l device -d 'Only of the appliance with this name or id; may be given again' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l kind -d 'Only of this kind; may be given again' -r -f -a "finished\t''
failed\t''
maintenance\t''
safety\t''
reminder\t''
status\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l severity -d 'Only of this weight; may be given again' -r -f -a "info\t''
attention\t''
error\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l from -d 'Only from this day on, for example 2026-11-22' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l until -d 'Only up to this day' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l unread -d 'Only those nobody has looked at'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from import" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l device -d 'Only of the appliance with this name or id; may be given again' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l kind -d 'Only of this kind; may be given again' -r -f -a "finished\t''
failed\t''
maintenance\t''
safety\t''
reminder\t''
status\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l severity -d 'Only of this weight; may be given again' -r -f -a "info\t''
attention\t''
error\t''"
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l from -d 'Only from this day on, for example 2026-11-22' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l until -d 'Only up to this day' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l unread -d 'Only those nobody has looked at'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l yes -d 'Say that it is meant'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand history; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand pause" -l minutes -d 'So many minutes' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand pause" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand pause" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand resume" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand resume" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand notify-test" -l json -d 'Print one JSON object'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand notify-test" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand notify-test" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand reconnect" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand reconnect" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand quit" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand quit" -s h -l help -d 'Print help'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l hub-port -d 'Port of the hub; 0 takes a free one' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l callback-port -d 'Port of the callback; 0 takes a free one' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l speed -d 'Seconds of the home\'s day in a real second; 0 lets it stand still' -r
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -l demo -d 'Use a simulated home on this computer; nothing reaches LG'
complete -c thinq-tray -n "__fish_thinq_tray_using_subcommand simulate" -s h -l help -d 'Print help'
