# Completion for bash of ferry, ferry-producer, ferry-consumer and ferry-web. Verbs, options, and the words that an
# option takes are what the program itself says (--help, and its answer to an empty value), so that nothing here has to
# follow it. Channels are those of "ferry list --names".

# The help of a program about its options: program [verb]
_ferry_help() {
  "$@" --help </dev/null 2>/dev/null
  case ${1##*/} in
    ferry-producer | ferry-consumer) "$1" --help-ports </dev/null 2>/dev/null ;;
  esac
}

# The options in a text of help.
_ferry_options() {
  sed -nE 's/^  (-., )*(--[a-z0-9-]+).*/\2/p' <<<"$1"
  grep '^Other:' <<<"$1" | grep -oE -e '--[a-z0-9-]+'
}

# The word that stands for the value of an option, which may be a letter: text option. Nothing: it takes none. With "="
# before it: it need not have one.
_ferry_value() {
  [[ $2 =~ ^--?[A-Za-z0-9-]+$ ]] || return
  sed -nE "s/^  (-., )*$2(, --[a-z0-9-]+)*(\[(=)([^]]+)\]| ([^ ]+))(  .*)?\$/\4\5\6/p" <<<"$1" | head -n 1
}

# The words that an option takes, from the answer to an empty one: option program [verb]
_ferry_ask() {
  "${@:2}" "$1=" --help </dev/null 2>&1 >/dev/null |
    sed -nE -e 's/.*(there are|the roles are) //p' -e t -e 's/.* needs (.*), not "".*/\1/p' | head -n 1 |
    sed -E -e 's/,? (and|or) /,/g' -e 's/, ?/ /g' -e 's/:[^ ]*/:/g'
}

# The functions that follow add whole words to "found", or let bash complete names of files.

_ferry_add() {
  local ahead=$1 behind=$2 one
  for one in "${@:3}"; do
    found+=("$ahead$one$behind")
  done
}

_ferry_add_channels() {
  local beside=
  [[ $program == */* ]] && beside=${program%/*}/
  _ferry_add "$1" "" $("${beside}ferry" list --names </dev/null 2>/dev/null)
}

# The formats behind a size: text-ahead text
_ferry_add_formats() {
  if [[ $2 == *x*:* ]]; then
    _ferry_add "$1${2%:*}:" "" $(_ferry_ask --format "$program")
  fi
}

# The values of an option: text-ahead option word text
_ferry_add_values() {
  local ahead=$1 option=$2 kind=${3#=} text=$4 one
  case $kind in
    COMMAND) _ferry_add "$ahead" "" $(compgen -c -- "$text") ;;
    FILE | DIR | PATTERN | PLACE) compopt -o default ;;
    NAME)
      case $option in
        --name) _ferry_add_channels "$ahead" ;;
        --group) _ferry_add "$ahead" "" $(compgen -g -- "$text") ;;
      esac
      ;;
    WxH:FORMAT*) _ferry_add_formats "$ahead" "$text" ;;
    DIALECT* | FORMAT | MATRIX | RANGE | PAYLOAD | ACCESS | READING | KIND)
      _ferry_add "$ahead" "" $(_ferry_ask "$option" "${command[@]}")
      ;;
    ROLE=NAME) _ferry_add "$ahead" = $(_ferry_ask "$option" "${command[@]}") ;;
    *'|'* | [a-z]*) # what is written in small letters stands for itself
      for one in ${kind//|/ }; do
        [[ $one == [a-z]* ]] && _ferry_add "$ahead" "" "$one"
      done
      ;;
  esac
}

# The words that may stand by themselves when so many do already, of a program that is not ferry-producer.
_ferry_add_words() {
  local usage=${help%%$'\n'*}
  if [[ $usage == *FILE* && $1 -gt 0 ]]; then
    compopt -o default
  elif [[ $usage =~ (CHANNEL|NAME)\]?\.\.\. || ($usage == *CHANNEL* && $1 -eq 0) ]]; then
    _ferry_add_channels ""
  fi
}

_ferry_add_sources() {
  case $1 in
    from:*) _ferry_add from: "" $(_ferry_ask --dialect "$program") ;;
    pattern:*) _ferry_add_formats "" "$1" ;;
    *)
      compopt -o default
      if [[ pattern: == "$1"* || from: == "$1"* ]]; then
        found+=(pattern: from:)
        _ferry_add "" "" $(compgen -f -- "$1")
        # Names of files are quoted, and so would the colons be.
        [[ ${#found[@]} -gt 2 ]] && compopt -o filenames
      fi
      ;;
  esac
}

# How many of these words stand by themselves; "before" is then the last of them if it is an option without its value.
_ferry_count() {
  local one
  count=0 before=
  for one in "$@"; do
    if [[ -n $before ]]; then
      before=
    elif [[ $one == --*=* ]]; then
      continue
    elif [[ $one == -?* ]]; then
      case $(_ferry_value "$help" "$one") in
        '' | =*) ;;
        *) before=$one ;;
      esac
    else
      count=$((count + 1))
    fi
  done
}

# The full name of an option that may be a letter.
_ferry_full() {
  if [[ $1 == --* ]]; then
    echo "$1"
  elif [[ $1 == -[A-Za-z0-9] ]]; then
    sed -nE "s/^  (-., )*$1, (-., )*(--[a-z0-9-]+).*/\3/p" <<<"$help" | head -n 1
  fi
}

# The line up to the word that is completed is in "words", beginning with the program.
_ferry_find() {
  local word=$1 command=("$program") help count before option
  local words=("${@:2}")
  if [[ ${program##*/} == ferry ]]; then
    help=$(_ferry_help "$program")
    if [[ ${#words[@]} -eq 1 || (${#words[@]} -eq 2 && ${words[1]} == help) ]]; then
      found+=($(sed -nE '/^Verbs:/,/^Other:/s/^  ([a-z]+) +.*/\1/p' <<<"$help") help)
      [[ $word == -* ]] && found+=($(_ferry_options "$help"))
      return
    fi
    command+=("${words[1]}")
    words=("${words[@]:1}")
  fi
  help=$(_ferry_help "${command[@]}")
  _ferry_count "${words[@]:1}"
  if [[ -n $before ]]; then
    option=$(_ferry_full "$before")
    _ferry_add_values "" "$option" "$(_ferry_value "$help" "$before")" "$word"
  elif [[ $word == --*=* ]]; then
    option=${word%%=*}
    _ferry_add_values "$option=" "$option" "$(_ferry_value "$help" "$option")" "${word#*=}"
  elif [[ $word == -* ]]; then
    found+=($(_ferry_options "$help"))
  elif [[ ${program##*/} == ferry-producer ]]; then
    _ferry_add_sources "$word"
  else
    _ferry_add_words "$count"
  fi
}

_ferry() {
  local IFS=$' \t\n' program=${1/#\~\//$HOME/} line word breaks= ahead one
  local words found=()
  line=${COMP_LINE:0:COMP_POINT}
  word=${line##*[[:blank:]]}
  read -ra words <<<"${line%"$word"}"
  _ferry_find "$word" "${words[@]}"
  # bash replaces what is behind the last of its breaks.
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ -n $breaks ]] && ahead=${word%"${word##*[$breaks]}"}
  COMPREPLY=()
  for one in "${found[@]}"; do
    [[ $one == "$word"* ]] && COMPREPLY+=("${one#"$ahead"}")
  done
  case ${COMPREPLY[0]-} in
    *[:=]) compopt -o nospace ;;
  esac
}

complete -F _ferry ferry ferry-producer ferry-consumer ferry-web
