"""State codes and names as two-letter postal abbreviations.

Source: Social Security Administration state codes as used by CMS; names by the US Postal Service.
"""

from __future__ import annotations

_NAMES = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,"
    "DE Delaware,DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,"
    "IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,"
    "MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,"
    "NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,"
    "OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,PR Puerto Rico,RI Rhode Island,"
    "SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,"
    "VI Virgin Islands,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming"
)
STATE_NAMES = {
    entry.split(" ", 1)[1].upper(): entry.split(" ", 1)[0] for entry in _NAMES.split(",")
}
SSA_STATES = {
    f"{number:02d}": entry.split(" ", 1)[0] for number, entry in enumerate(_NAMES.split(","), 1)
}
