%% An ejabberd module that lets VENs log in by certificate (SASL EXTERNAL): OpenADR 2.0b, section 9.3.4.7, wants the common name of
%% the certificate to be the name of the account.
%%
%% ejabberd itself can do EXTERNAL (`tls_verify` of a listener), but then whoever has a valid certificate can log in to any account,
%% unless the certificate names JIDs. So `tls_verify` stays off, and this module offers EXTERNAL to single clients: those whose
%% certificate ejabberd found valid, by the authorities in `c2s_cafile` and its dates, and whose one common name is an account of the
%% host. A client that then asks for another account is refused. Logins by password stay as they are.
%%
%% Without `c2s_cafile` the module offers EXTERNAL to nobody, since ejabberd would trust all authorities of the machine, which are
%% meant for web sites. ejabberd does not read lists of revoked certificates: to shut a VEN out, delete its account.
%%
%% The module needs no headers of ejabberd or Erlang, so it compiles on any machine that ejabberd runs on; install-modules does that.
-module(mod_ven_certificate).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_doc/0]).
-export([c2s_stream_started/2, c2s_handle_recv/3, c2s_auth_result/3, c2s_handle_info/2]).

%% Before ejabberd's own functions, which act on a login.
-define(SEQUENCE, 10).
%% The longest single wait for the end of a certificate, in seconds.
-define(LONGEST, 86400).

start(Host, _Opts) -> hooks(add, Host).

stop(Host) -> hooks(delete, Host).

reload(_Host, _New, _Old) -> ok.

depends(_Host, _Opts) -> [].

mod_options(_Host) -> [].

mod_doc() -> #{desc => "Lets clients log in with a certificate whose common name is their account's name."}.

hooks(Do, Host) ->
    [ejabberd_hooks:Do(Hook, Host, ?MODULE, Hook, ?SEQUENCE)
     || Hook <- [c2s_stream_started, c2s_handle_recv, c2s_auth_result, c2s_handle_info]],
    ok.

%% A stream begins. With `tls_verify` in the stream's state ejabberd offers and accepts EXTERNAL.
c2s_stream_started(#{stream_encrypted := true, stream_authenticated := false, lserver := Host} = State, _) ->
    case certified(State) of
        {ok, _, _} ->
            State#{tls_verify => true};
        none ->
            State#{tls_verify => false};
        {error, Why} ->
            logger:notice("A client's certificate is not taken at ~ts: ~ts", [Host, Why]),
            State#{tls_verify => false}
    end;
c2s_stream_started(State, _) -> State.

%% By RFC 6120 a client that logs in to its own account names none, and ejabberd finds none in a certificate without JIDs. ejabberd
%% makes a JID of what the state calls the server, so this function puts the account there; c2s_auth_result puts the server back.
c2s_handle_recv(#{tls_verify := true, stream_authenticated := false, server := Server, lserver := Host} = State, _,
                {sasl_auth, <<"EXTERNAL">>, <<>>}) ->
    case certified(State) of
        {ok, User, _} -> State#{server => {User, Host, <<>>}, ?MODULE => Server};
        _ -> State
    end;
c2s_handle_recv(State, _, _) -> State.

%% The last word on who logs in, whatever ejabberd made of the certificate.
c2s_auth_result(#{?MODULE := Server} = State, Result, User) ->
    c2s_auth_result(maps:remove(?MODULE, State#{server => Server}), Result, User);
c2s_auth_result(#{auth_module := pkix} = State, true, User) ->
    case {certified(State), jid:nodeprep(User)} of
        {{ok, Account, End}, Account} ->
            await(End),
            State;
        _ ->
            {stop, refuse(State, User)}
    end;
c2s_auth_result(State, _, _) -> State.

%% A session ends when its certificate expires (rule 516).
c2s_handle_info(#{lang := Lang} = State, {?MODULE, End}) ->
    case End > now_s() of
        true -> await(End), State;
        false -> {stop, xmpp_stream_in:send(State, xmpp:serr_not_authorized(<<"The certificate has expired">>, Lang))}
    end;
c2s_handle_info(State, _) -> State.

await(End) -> erlang:send_after(1000 * max(0, min(End - now_s(), ?LONGEST)), self(), {?MODULE, End}).

%% Does what ejabberd does when a login fails: logs it, and counts it against the address. A hook that crashes would let the client
%% in, so this session ends in any case.
refuse(#{sasl_mech := Mech, lang := Lang} = State, User) ->
    Why = <<"The certificate is another account's">>,
    try
        State1 = ejabberd_c2s:handle_auth_failure(User, Mech, Why, maps:remove(auth_module, State)),
        State2 = xmpp_stream_in:send(State1, {sasl_failure, 'not-authorized', xmpp:mk_text(Why, Lang)}),
        xmpp_stream_in:send(State2, xmpp:serr_not_authorized(Why, Lang))
    catch _:_ -> exit(self(), kill)
    end.

%% Returns the account of the client's certificate, and when the certificate ends. Any failure means that the client is not let in.
certified(State) ->
    try of_certificate(State)
    catch _:_ -> {error, <<"it cannot be read">>}
    end.

of_certificate(#{socket := Socket, lserver := Host}) ->
    case ejabberd_option:c2s_cafile(Host) =/= undefined andalso xmpp_socket:get_peer_certificate(Socket, otp) of
        {ok, Certificate} ->
            case xmpp_socket:get_verify_result(Socket) of
                0 -> account(Certificate, Host);
                Wrong -> {error, fast_tls:get_cert_verify_string(Wrong, Certificate)}
            end;
        _ ->
            none
    end.

account(Certificate, Host) ->
    TBS = element(2, Certificate), % 'OTPTBSCertificate'
    {rdnSequence, Subject} = element(7, TBS),
    {'Validity', _, End} = element(6, TBS),
    case [unicode:characters_to_binary(Name) || {'AttributeTypeAndValue', {2, 5, 4, 3}, {_, Name}} <- lists:append(Subject)] of
        [Name] when is_binary(Name) -> account(jid:nodeprep(Name), Name, Host, End);
        _ -> {error, <<"it has not one common name">>}
    end.

account(User, Name, Host, End) ->
    case is_binary(User) andalso User =/= <<>> andalso ejabberd_auth:user_exists(User, Host) of
        true -> {ok, User, seconds(End)};
        false -> {error, <<"its common name ", Name/binary, " is no account's">>}
    end.

%% UTCTime YYMMDDhhmmssZ has two digits of the year, GeneralizedTime four (RFC 5280 section 4.1.2.5).
seconds({utcTime, [Y | _] = Time}) when Y < $5 -> seconds({generalTime, "20" ++ Time});
seconds({utcTime, Time}) -> seconds({generalTime, "19" ++ Time});
seconds({generalTime, Time}) ->
    {ok, [Year, Month, Day, Hour, Minute, Second], _} = io_lib:fread("~4d~2d~2d~2d~2d~2d", Time),
    calendar:datetime_to_gregorian_seconds({{Year, Month, Day}, {Hour, Minute, Second}}).

now_s() -> calendar:datetime_to_gregorian_seconds(calendar:universal_time()).
