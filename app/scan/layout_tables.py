"""What each key types on the keyboards of the world, as far as a barcode may come through them.

Two rows a layout: the 47 keys without and with Shift, in the order of their rows on the keyboard (US: the key left of
1 up to =, Q to the backslash, A to ', Z to /). A combining accent stands for a dead key, NUL for a key without a
character.
Source: xkeyboard-config's symbols, rules `evdev`, model `pc105`; a test holds this table to the one on the machine.
"""

KEYS = 47

LAYOUTS: dict[str, tuple[str, str]] = {
    "us": (
        "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./",
        '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?',
    ),
    "gb": (
        "`1234567890-=qwertyuiop[]#asdfghjkl;'zxcvbnm,./",
        '¬!"£$%^&*()_+QWERTYUIOP{}~ASDFGHJKL:@ZXCVBNM<>?',
    ),
    "de": (
        "\u03021234567890ß\u0301qwertzuiopü+#asdfghjklöäyxcvbnm,.-",
        "°!\"§$%&/()=?\u0300QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_",
    ),
    "ch": (
        "§1234567890'\u0302qwertzuiopü\u0308$asdfghjklöäyxcvbnm,.-",
        '°+"*ç%&/()=?\u0300QWERTZUIOPè!£ASDFGHJKLéàYXCVBNM;:_',
    ),
    "ch_fr": (
        "§1234567890'\u0302qwertzuiopè\u0308$asdfghjkléàyxcvbnm,.-",
        '°+"*ç%&/()=?\u0300QWERTZUIOPü!£ASDFGHJKLöäYXCVBNM;:_',
    ),
    "fr": (
        "²&é\"'(-è_çà)=azertyuiop\u0302$*qsdfghjklmùwxcvbn,;:!",
        "~1234567890°+AZERTYUIOP\u0308£µQSDFGHJKLM%WXCVBN?./§",
    ),
    "be": (
        "²&é\"'(§è!çà)-azertyuiop\u0302$µqsdfghjklmùwxcvbn,;:=",
        "³1234567890°_AZERTYUIOP\u0308*£QSDFGHJKLM%WXCVBN?./+",
    ),
    "es": (
        "º1234567890'¡qwertyuiop\u0300+çasdfghjklñ\u0301zxcvbnm,.-",
        'ª!"·$%&/()=?¿QWERTYUIOP\u0302*ÇASDFGHJKLÑ\u0308ZXCVBNM;:_',
    ),
    "it": (
        "\\1234567890'ìqwertyuiopè+ùasdfghjklòàzxcvbnm,.-",
        '|!"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°ZXCVBNM;:_',
    ),
    "pt": (
        "\\1234567890'«qwertyuiop+\u0301\u0303asdfghjklçºzxcvbnm,.-",
        '|!"#$%&/()=?»QWERTYUIOP*\u0300\u0302ASDFGHJKLÇªZXCVBNM;:_',
    ),
    "br": (
        "'1234567890-=qwertyuiop\u0301[]asdfghjklç\u0303zxcvbnm,.;",
        '"!@#$%\u0308&*()_+QWERTYUIOP\u0300{}ASDFGHJKLÇ\u0302ZXCVBNM<>:',
    ),
    "se": (
        "§1234567890+\u0301qwertyuiopå\u0308'asdfghjklöäzxcvbnm,.-",
        '½!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302*ASDFGHJKLÖÄZXCVBNM;:_',
    ),
    "dk": (
        "½1234567890+\u0301qwertyuiopå\u0308'asdfghjklæøzxcvbnm,.-",
        '§!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302*ASDFGHJKLÆØZXCVBNM;:_',
    ),
    "no": (
        "|1234567890+\\qwertyuiopå\u0308'asdfghjkløæzxcvbnm,.-",
        '§!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302*ASDFGHJKLØÆZXCVBNM;:_',
    ),
    "tr": (
        '"1234567890*-qwertyuıopğü,asdfghjklşizxcvbnmöç.',
        "é!'^+%&/()=?_QWERTYUIOPĞÜ;ASDFGHJKLŞİZXCVBNMÖÇ:",
    ),
    "cz": (
        ";+ěščřžýáíé=\u0301qwertzuiopú)\u0308asdfghjklů§yxcvbnm,.-",
        "\u030a1234567890%\u030cQWERTZUIOP/('ASDFGHJKL\"!YXCVBNM?:_",
    ),
    "hu": (
        "0123456789öüóqwertzuiopőúűasdfghjkléáyxcvbnm,.-",
        "§'\"+!%/=()ÖÜÓQWERTZUIOPŐÚŰASDFGHJKLÉÁYXCVBNM?:_",
    ),
    "ru": (
        "ё1234567890-=йцукенгшщзхъ\\фывапролджэячсмитьбю.",
        'Ё!"№;%:?*()_+ЙЦУКЕНГШЩЗХЪ/ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,',
    ),
    "jp": (
        "\x001234567890-^qwertyuiop@[]asdfghjkl;:zxcvbnm,./",
        "\x00!\"#$%&'()~=~QWERTYUIOP`{}ASDFGHJKL+*ZXCVBNM<>?",
    ),
    "dvorak": (
        "`1234567890[]',.pyfgcrl/=\\aoeuidhtns-;qjkxbmwvz",
        '~!@#$%^&*(){}"<>PYFGCRL?+|AOEUIDHTNS_:QJKXBMWVZ',
    ),
}

# evdev's number of each of the 47 keys (linux/input-event-codes.h, KEY_GRAVE to KEY_SLASH), in the same order.
KEY_CODES = (41, *range(2, 14), *range(16, 28), 43, *range(30, 41), *range(44, 54))
