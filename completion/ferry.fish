# Completion for fish of ferry, ferry-producer, ferry-consumer and ferry-web. It is installed once for each program,
# under the program's name. Verbs, options, and the words that an option takes are what the program itself says
# (--help, and its answer to an empty value), so that nothing here has to follow it. Channels are those of "ferry list
# --names".

# The lines of help that begin with an option: the option, TAB, the word for its value, TAB, the text behind.
function __ferry_lines
    printf '%s\n' $argv |
        string replace -rf '^  ((?:-., )*--[a-z0-9-]+)(\[=[^\]]+\]| [^ ]+)?(?:  +(.*))?$' '$1\t$2\t$3'
    printf '%s\n' $argv | string match -r '^Other:.*' | string match -ar '(?:-., )*--[a-z0-9-]+' |
        string replace -r '$' '\t\t'
end

# The word that stands for the value of an option: option lines. Nothing: it takes none. "[=WORD]": it need not have
# one.
function __ferry_value
    for line in $argv[2..]
        set -l field (string split \t -- $line)
        if contains -- $argv[1] (string split ', ' -- $field[1])
            string trim -- $field[2]
            return
        end
    end
end

# The full name of an option that may be a letter: option lines
function __ferry_full
    for line in $argv[2..]
        set -l names (string split ', ' -- (string split \t -- $line)[1])
        if contains -- $argv[1] $names
            echo $names[-1]
            return
        end
    end
end

# The words that an option takes, from the answer to an empty one: option program [verb]
function __ferry_ask
    set -l told ($argv[2..] $argv[1]= --help </dev/null 2>&1 >/dev/null)
    set -l list (string replace -rf '.*(?:there are|the roles are) ' '' -- $told)[1]
    test -n "$list"; or set list (string replace -rf '.* needs (.*), not "".*' '$1' -- $told)[1]
    string replace -ra ',? (?:and|or) ' ',' -- $list | string replace -ra ', ?' ' ' |
        string replace -ra ':[^ ]*' ':' | string split -n ' '
end

# Of the program ferry that lies beside this one.
function __ferry_channels
    set -l ferry (string replace -r 'ferry[^/]*$' ferry -- $argv[1])
    $ferry list --names </dev/null 2>/dev/null
end

# The values of an option, each behind a text: text-ahead option word text program [verb]
function __ferry_values
    set -l ahead $argv[1]
    set -l kind (string replace -r '^\[=(.*)\]$' '$1' -- $argv[3])
    set -l text $argv[4]
    set -l found
    switch $kind
        case COMMAND
            set found (__fish_complete_command | string match -- "$text*")
        case FILE DIR PATTERN PLACE
            set found (__fish_complete_path $text)
        case NAME
            switch $argv[2]
                case --name
                    set found (__ferry_channels $argv[5])
                case --group
                    set found (__fish_complete_groups)
            end
        case 'WxH:FORMAT*'
            set found (__ferry_formats $text $argv[5])
        case 'DIALECT*' FORMAT MATRIX RANGE PAYLOAD ACCESS READING KIND
            set found (__ferry_ask $argv[2] $argv[5..])
        case ROLE=NAME
            set found (__ferry_ask $argv[2] $argv[5..])=
        case '*'
            set found (string split '|' -- $kind | string match -r '^[a-z].*')
    end
    for one in $found
        echo $ahead$one
    end
end

# A size and the formats behind it: text program
function __ferry_formats
    set -l size (string match -r '.*x.*:' -- $argv[1])
    and for format in (__ferry_ask --format $argv[2])
        echo $size$format
    end
end

# The words that may stand by themselves when so many do already: count text usage program
function __ferry_words
    set -l text $argv[2]
    set -l usage $argv[3]
    set -l program $argv[4]
    if string match -qr '(^|/)ferry-producer$' -- $program
        switch $text
            case 'from:*'
                printf 'from:%s\n' (__ferry_ask --dialect $program)
            case 'pattern:*'
                __ferry_formats $text $program
            case '*'
                printf '%s\n' pattern:\t'a moving test picture' from:\t'an old program'
                __fish_complete_path $text
        end
    else if string match -q '*FILE*' -- $usage; and test $argv[1] -gt 0
        __fish_complete_path $text
    else if string match -qr '(CHANNEL|NAME)\]?\.\.\.' -- $usage
        __ferry_channels $program
    else if string match -q '*CHANNEL*' -- $usage; and test $argv[1] -eq 0
        __ferry_channels $program
    end
end

function __ferry_options
    for line in $argv
        set -l field (string split \t -- $line)
        for name in (string split ', ' -- $field[1])
            printf '%s\t%s\n' $name $field[3]
        end
    end
end

function __ferry_complete
    set -l words (commandline -opc)
    set -l text (commandline -ct)
    set -l program (string replace -r '^~/' ~/ -- $words[1])
    set -l command $program
    set -l help ($program --help </dev/null 2>/dev/null)
    set -e words[1]
    if string match -qr '(^|/)ferry$' -- $program
        if test (count $words) -eq 0; or test "$words" = help
            printf '%s\n' $help | string match -r '^  [a-z]+ +.*' | string replace -r '^  ([a-z]+) +(.*)' '$1\t$2'
            printf '%s\n' help\t'tell the options of a verb'
            string match -q -- '-*' $text; and __ferry_options (__ferry_lines $help)
            return
        end
        set -a command $words[1]
        set -e words[1]
        set help ($command --help </dev/null 2>/dev/null)
    end
    if string match -qr '(^|/)ferry-(producer|consumer)$' -- $program
        set -a help ($program --help-ports </dev/null 2>/dev/null)
    end
    set -l lines (__ferry_lines $help)
    set -l number 0
    set -l before
    for one in $words
        if test -n "$before"
            set before
        else if string match -q -- '--*=*' $one
            continue
        else if string match -q -- '-?*' $one
            set -l kind (__ferry_value $one $lines)
            test -n "$kind"; and not string match -q '[*' -- $kind; and set before $one
        else
            set number (math $number + 1)
        end
    end
    if test -n "$before"
        __ferry_values '' (__ferry_full $before $lines) (__ferry_value $before $lines) "$text" $command
    else if string match -q -- '--*=*' $text
        set -l part (string split -m 1 = -- $text)
        set -l kind (__ferry_value $part[1] $lines)
        test -n "$kind"; and __ferry_values $part[1]= $part[1] $kind "$part[2]" $command
    else if string match -q -- '-*' $text
        __ferry_options $lines
    else
        __ferry_words $number "$text" $help[1] $program
    end
end

set -l program (status basename | string replace -r '\.fish$' '')
complete -c $program -f -a '(__ferry_complete)'
