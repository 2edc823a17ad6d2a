"""Who speaks, and which words besides the wake word: to train with, to choose thresholds by, and held out."""

from __future__ import annotations

from speech import Speaker

__all__ = ["HELD", "SETTLING", "TRAINED"]

TRAINED = Speaker(
    accents=("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp"),
    variants=(
        "m1 m2 m3 m5 m6 m7 f1 f2 f4 f5 Andy Annie belinda boris caleb david ed Gene Hugo iven iven3 john "
        "linda Marco max Michael Mike pablo paul quincy robert steph travis klatt klatt3 Diogo Jacky"
    ),
    words=(
        "the a of and to in that it was for on with as at by from they we say her she or an will my one all "
        "would there their what so up out if about who get which go me when make can like time no just him "
        "know take people into year your good some could them see other than then now look only come its "
        "over think also back after use two how our work first well way even new want because any these "
        "give day most us water window yesterday kitchen umbrella morning coffee table garden music louder "
        "turn light off weather report tomorrow traffic number seven eleven message mother sister brother "
        "Monday Friday station remember question another forty student beautiful power user future human "
        "pupil community opportunity stupid tuna situation continue Peter computation input puter compare "
        "competent quarter later water better letter doctor actor picture lecture structure completed"
    ),
    near=(
        "commuter", "compute", "computing", "comforter", "tutor", "completer", "pewter", "come to her",
        "compete", "commute", "computation", "competing", "came to the", "impute", "dispute", "disputer",
        "con", "com", "puter", "comp", "combine", "router", "scooter", "Jupiter",
    ),
)  # fmt: skip
"""Words that begin or end as the wake word does are more often said than is fair."""

SETTLING = Speaker(
    accents=("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp"),
    variants=(
        "f5 klatt4 klatt5 klatt6 iven4 Gene2 steph3 michel Nguyen Storm grandma grandpa announcer edward2 "
        "kaukovalta"
    ),
    words=(
        "paper river mountain winter summer bridge market village answer season island engine planet circle "
        "harbour pocket button finger shoulder corner border silver copper timber customer consumer "
        "newspaper container november december comfort compass common command mutual refuse beauty tutorial "
        "unit cube huge few view review menu value argue rescue statue curfew interview amuse daughter "
        "hotter cutter scatter shutter matter butter hunter counter very little always never often together "
        "without before behind under again maybe nothing evening dinner breakfast country language piano"
    ),
    near=(
        "compute it", "come to a", "executor", "disputes her", "compost heap", "hooter", "commutator",
        "refuter", "conductor", "comes to her",
    ),
)  # fmt: skip
"""Whose talk says where the thresholds are: neither training nor what is held out has these voices."""

HELD = Speaker(
    accents=("en-029", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-us-nyc", "en-us", "en-gb"),
    variants=(
        "m4 m8 f3 adam Alex Alicia Andrea antonio aunty benjamin Denis edward gustave Henrique iven2 Lee "
        "marcelo Mario miguel pedro rob sandro shelby steph2 victor zac anika klatt2 norbert"
    ),
    words=(
        "many where through being under never same last great between state still own life house world "
        "school country problem hand place case week system program part group point home room area money "
        "story fact month lot right study book eye job word business issue side kind head service friend "
        "father hour game line end member law car city name president team minute idea body information "
        "face others level office door health person art war history party result change reason research "
        "girl guy moment air teacher force education foot boy age policy process sense nation plan college "
        "interest death experience effect control field development role effort rate heart drug show leader "
        "possible nature music temperature shower passenger photograph yellow elephant supper volume"
    ),
    near=(
        "commuter", "compute", "competitor", "recruiter", "company", "shooter", "accuser", "cucumber",
        "composer", "polluter", "comforter", "come shoot her", "complete her", "compute a", "suitor",
    ),
)  # fmt: skip
